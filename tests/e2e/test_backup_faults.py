"""(e) A dump that is cut, damaged or does not fit: exit 4, nothing upgraded, nothing that looks like a backup."""
import json, os, subprocess, threading, time

from lab import App, FaultProxy, say, wait_until
from test_upgrade import check

SIZE = dict(photos=1500, bytes_per_photo=6000)  # about 9 MB that do not compress


def nothing_happened(app, run, before, what, backups=0):
    check(run.code == 4, f'{what}: exit 4', run)
    check(app.revision()['revision'] == before, f'{what}: nothing was upgraded', run)
    check(len(app.backups()) == backups, f'{what}: no whole-looking backup: {app.backups()}', run)
    check(len(app.backup_folders()) == backups, f'{what}: no partial backup is left: {app.backup_folders()}', run)
    listing = json.loads(app.safe('backups', 'list', 'photos', '-o', 'json').out)
    check(len(listing['backups']) == backups and not listing['incomplete'], f'{what}: {listing}')
    wait_until(lambda: app.sql("select count(*) from pg_stat_activity where application_name = 'pg_dump'") == '0', 30,
               f'{what}: no pg_dump is left in the pod')
    say(f'{what}: exit 4 in {run.seconds:.1f} s: {run.event("outcome")["headline"][:150]}')


def cut_connection(how):
    def body(lab):
        app = App(lab, 3, **SIZE).install()
        before = app.revision()['revision']
        with FaultProxy(lab, '--after', '3000000', '--do', how) as proxy:
            run = app.upgrade('1.1.0', kubeconfig=proxy.kubeconfig)
        nothing_happened(app, run, before, f'connection cut by {how}')
        app.remove()
    return body


def slow_link(lab):
    """Where plain exec loses the end, ours comes whole: V3 and equal, on a link of 1 MB/s with a slow reader's buffers."""
    app = App(lab, 3, **SIZE).install()
    with FaultProxy(lab, '--rate', '1000000') as proxy:
        run = app.safe('backup', 'photos', '-o', 'json', kubeconfig=proxy.kubeconfig)
    check(run.code == 0, 'a slow link is slow, not lossy', run)
    manifest = json.loads(app.backups()[-1].read_text())
    check(all(a['level'] == 'V3' for a in manifest['artifacts'] if a['kind'] == 'postgres'), 'V3')
    check(app.safe('backups', 'verify', 'photos', 'latest').code == 0, 'it verifies')
    # and a bit that flips on our disk later is found
    dump = next(a for a in manifest['artifacts'] if a['kind'] == 'postgres')['file']
    path = app.backups()[-1].parent / dump
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    verified = app.safe('backups', 'verify', 'photos', 'latest')
    check(verified.code == 3, 'a flipped bit is found', verified)
    restored = app.safe('restore', 'photos', 'latest', '--yes')
    check(restored.code == 4, 'and never put back', restored)
    check(app.photos() == SIZE['photos'] + 3, 'the data is untouched')
    app.remove()


def killed_stage(lab):
    """Each stage of the pipe in the pod killed while it works."""
    app = App(lab, 3, **SIZE).install()
    before = app.revision()['revision']
    for stage in ('pg_dump', 'gzip', 'tee', 'sha256sum', 'pg_restore'):
        def kill(event):
            if event.get('type') == 'step_started' and event.get('step') == 'backup':
                script = (f'for i in $(seq 300); do for p in /proc/[0-9]*; do read -r n < $p/comm && [ "$n" = {stage} ] && '
                          f'kill -9 ${{p#/proc/}} && exit 0; done 2>/dev/null; sleep 0.02; done; exit 1')
                threading.Thread(target=app.kubectl, args=('exec', app.db_pod, '--', 'bash', '-c', script), kwargs={'check': False}).start()
        with FaultProxy(lab, '--rate', '1500000') as proxy:
            run = app.upgrade('1.1.0', kubeconfig=proxy.kubeconfig, on_event=kill)
        nothing_happened(app, run, before, f'{stage} killed in the pod')
    app.remove()


def full_disk(lab):
    """Our own disk fills up in the middle of the transfer."""
    app = App(lab, 3, **SIZE).install()
    before = app.revision()['revision']
    folder = app.home / 'small-disk'
    folder.mkdir()
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=40m,mode=700', 'tmpfs', folder], check=True)
    try:
        def fill(event):
            if event.get('type') == 'step_started' and event.get('step') == 'backup':
                with open(folder / 'filler', 'wb', buffering=0) as f:
                    try:
                        while True:
                            f.write(b'x' * 65536)
                    except OSError:
                        pass
        with FaultProxy(lab, '--rate', '3000000') as proxy:
            run = app.upgrade('1.1.0', '--backup-dir', folder, kubeconfig=proxy.kubeconfig, on_event=fill)
        check('no space' in run.all_text().lower(), 'the reason is named', run)
        nothing_happened(app, run, before, 'disk full')
        left = [p for p in folder.rglob('*') if p.is_file() and p.name != 'filler']
        check(not left, f'nothing is left on the disk: {left}')
    finally:
        subprocess.run(['umount', folder], check=True)
    app.remove()


def flipped_bit(lab):
    """A bit flips between gzip and the network: gzip in the pod is replaced by one that damages its output."""
    app = App(lab, 3, **SIZE).install()
    before = app.revision()['revision']
    flip = ("import sys; d = bytearray(sys.stdin.buffer.read()); d[len(d) // 2] ^= 4; sys.stdout.buffer.write(d)")
    script = f'#!/bin/sh\n/bin/gzip "$@" | python3 -c "{flip}"\n'
    app.kubectl('exec', '-i', app.db_pod, '--', 'sh', '-c', 'cat > /usr/local/sbin/gzip && chmod 755 /usr/local/sbin/gzip', input=script)
    run = app.upgrade('1.1.0')
    nothing_happened(app, run, before, 'bit flipped')
    app.remove()


def interrupted(lab):
    """Ctrl-C during the backup: exit 130, nothing left, the Lease is free again."""
    import signal
    app = App(lab, 4, **SIZE).install()
    with FaultProxy(lab, '--rate', '1000000') as proxy:
        run = app.start('photos', lab.chart('1.1.0'), '-f', app.values_file, '--yes', '-o', 'json', kubeconfig=proxy.kubeconfig)
        wait_until(lambda: any(e.get('step') == 'backup' for e in run.events), 60, 'the backup begins')
        time.sleep(1)  # into the middle of the transfer; where exactly does not matter
        os.killpg(run.process.pid, signal.SIGINT)  # what a terminal does: helm and its plugin
        run.wait(60)
    wait_until(lambda: not app.backup_folders(), 30, 'the partial backup is removed')
    wait_until(lambda: app.kubectl('get', 'lease', 'safe-upgrade.photos', '-o', 'jsonpath={.spec.holderIdentity}') == '', 30, 'the Lease is free')
    check(app.upgrade('1.1.0').code == 0, 'and the next run goes well')
    app.remove()


TESTS = [(f'connection_{how}', cut_connection(how)) for how in ('fin', 'rst', 'hole')]
TESTS += [('slow_link_and_bit_rot', slow_link), ('killed_stage', killed_stage), ('full_disk', full_disk), ('flipped_bit', flipped_bit),
          ('interrupted', interrupted)]
