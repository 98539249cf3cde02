#!/usr/bin/env python3
"""mkimage.py OUT.tar --base LAYER.tar --pause BINARY IMAGES.json...

Writes one docker-archive with several images that share layers, so that the Debian base is stored and imported once.
An IMAGES.json is a list of

    {"name": "safe-upgrade.test/photos-server", "files": {"/app/server.py": "images/server.py"}, "entrypoint": [...],
     "env": {...}, "stopSignal": "SIGINT", "tags": {"1.0": {"EXTRA_ENV": "value"}}}

whose file names are relative to it. The result depends on the contents alone, so image ids are stable.
"""
import argparse, hashlib, io, json, os, tarfile

PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/15/bin'


def sha256_file(path):
    with open(path, 'rb') as f:
        return hashlib.file_digest(f, 'sha256').hexdigest() if hasattr(hashlib, 'file_digest') else \
            hashlib.sha256(f.read()).hexdigest()


def add(tar, name, data, mode=0o644):
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), mode
    tar.addfile(info, io.BytesIO(data))


def layer(files):
    """A layer of {path in the image: path here}; everything is executable, which does no harm."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        for target, source in sorted(files.items()):
            with open(source, 'rb') as f:
                add(tar, target.lstrip('/'), f.read(), 0o755)
    return out.getvalue()


class Archive:
    def __init__(self, path):
        self.tar = tarfile.open(path, 'w')
        self.manifest = []
        self.stored = set()

    def store_layer(self, data=None, path=None):
        digest = sha256_file(path) if path else hashlib.sha256(data).hexdigest()
        if digest not in self.stored:
            self.stored.add(digest)
            name = digest + '/layer.tar'
            self.tar.add(path, arcname=name) if path else add(self.tar, name, data)
        return digest

    def image(self, ref, digests, env=None, entrypoint=(), cmd=(), stop=''):
        config = {'Env': ['PATH=' + PATH] + [f'{k}={v}' for k, v in (env or {}).items()], 'Entrypoint': list(entrypoint), 'Cmd': list(cmd)}
        if stop:
            config['StopSignal'] = stop
        body = json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': config,
                           'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + d for d in digests]},
                           'history': [{'created_by': 'mkimage'} for _ in digests]}).encode()
        name = hashlib.sha256(body).hexdigest() + '.json'
        if name not in self.stored:
            self.stored.add(name)
            add(self.tar, name, body)
        self.manifest.append({'Config': name, 'RepoTags': [ref], 'Layers': [d + '/layer.tar' for d in digests]})

    def close(self):
        add(self.tar, 'manifest.json', json.dumps(self.manifest).encode())
        self.tar.close()


def main():
    p = argparse.ArgumentParser()
    p.add_argument('out')
    p.add_argument('images', nargs='*')
    p.add_argument('--base', required=True)
    p.add_argument('--pause', required=True)
    o = p.parse_intermixed_args()
    a = Archive(o.out)
    a.image('safe-upgrade.test/pause:1', [a.store_layer(layer({'/pause': o.pause}))], entrypoint=['/pause'])
    base = a.store_layer(path=o.base)
    a.image('safe-upgrade.test/debian:12', [base], cmd=['/bin/sh'])
    for path in o.images:
        here = os.path.dirname(path)
        with open(path) as f:
            images = json.load(f)
        for i in images:
            digests = [base]
            if i.get('files'):
                digests.append(a.store_layer(layer({t: os.path.join(here, s) for t, s in i['files'].items()})))
            for tag, env in i['tags'].items():
                a.image(f"{i['name']}:{tag}", digests, {**i.get('env', {}), **env}, i.get('entrypoint', ()), i.get('cmd', ()), i.get('stopSignal', ''))
    a.close()


main()
