#!/usr/bin/env python3
"""provisioner.py RUN_DIR: gives pending claims of class local-path a folder, and takes it away with the claim.

Talks to the API server itself, because a kubectl process for every look would cost more than the rest of the cluster.
"""
import http.client, json, os, shutil, ssl, sys, time

run = sys.argv[1]
CLASS, PROVISIONER = 'local-path', 'safe-upgrade.test/hostpath'
tls = ssl.create_default_context(cafile=f'{run}/pki/ca.crt')
tls.load_cert_chain(f'{run}/pki/admin.crt', f'{run}/pki/admin.key')
connection = None


def call(method, path, body=None):
    global connection
    try:
        connection = connection or http.client.HTTPSConnection('127.0.0.1', 6443, context=tls, timeout=20)
        connection.request(method, path, json.dumps(body) if body else None, {'Content-Type': 'application/json'})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b'{}')
    except (OSError, http.client.HTTPException):
        connection = None
        raise


def storage_class():
    status, _ = call('POST', '/apis/storage.k8s.io/v1/storageclasses', {
        'apiVersion': 'storage.k8s.io/v1', 'kind': 'StorageClass', 'provisioner': PROVISIONER,
        'metadata': {'name': CLASS, 'annotations': {'storageclass.kubernetes.io/is-default-class': 'true'}},
        'volumeBindingMode': 'Immediate', 'reclaimPolicy': 'Delete'})
    return status in (201, 409)


def provide(claim):
    meta, spec = claim['metadata'], claim['spec']
    path = f"{run}/pv/{meta['uid']}"
    os.makedirs(path, exist_ok=True)
    os.chmod(path, 0o777)
    # Policy Delete with this annotation: the volume controller leaves the deletion to us, as to any external provisioner.
    call('POST', '/api/v1/persistentvolumes', {
        'apiVersion': 'v1', 'kind': 'PersistentVolume',
        'metadata': {'name': 'pvc-' + meta['uid'], 'annotations': {'pv.kubernetes.io/provisioned-by': PROVISIONER}},
        'spec': {'capacity': {'storage': spec['resources']['requests']['storage']}, 'accessModes': spec['accessModes'],
                 'storageClassName': CLASS, 'persistentVolumeReclaimPolicy': 'Delete', 'hostPath': {'path': path},
                 'claimRef': {'apiVersion': 'v1', 'kind': 'PersistentVolumeClaim', 'namespace': meta['namespace'], 'name': meta['name'], 'uid': meta['uid']}}})


def look():
    for claim in call('GET', '/api/v1/persistentvolumeclaims?resourceVersion=0')[1].get('items', []):
        if claim['status'].get('phase') == 'Pending' and claim['spec'].get('storageClassName') == CLASS and not claim['spec'].get('volumeName'):
            provide(claim)
    for volume in call('GET', '/api/v1/persistentvolumes?resourceVersion=0')[1].get('items', []):
        spec, meta = volume['spec'], volume['metadata']
        ours = meta.get('annotations', {}).get('pv.kubernetes.io/provisioned-by') == PROVISIONER
        # A test may set the policy to Retain, as an administrator would: then the data stays.
        if ours and volume['status'].get('phase') == 'Released' and spec['persistentVolumeReclaimPolicy'] == 'Delete':
            shutil.rmtree(spec['hostPath']['path'], ignore_errors=True)
            call('DELETE', '/api/v1/persistentvolumes/' + meta['name'])


ready = False
while True:
    try:
        ready = ready or storage_class()
        look()
    except Exception as e:  # the API server may be away for a while; nothing else may end the loop
        print(time.strftime('%FT%TZ', time.gmtime()), repr(e), flush=True)
    time.sleep(0.4)
