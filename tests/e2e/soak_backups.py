"""100 backups on links where the plain way loses data: 0 wrong, 0 failed. The plain way runs beside it and is counted."""
import hashlib, json, os, pathlib, subprocess, time

from lab import App, FaultProxy, say
from test_upgrade import check

EACH = int(os.environ.get('SAFE_UPGRADE_SOAK_BACKUPS', '50'))


def one_backup(app, kubeconfig=None):
    """'ok', 'wrong' (it says well and is not) or 'failed'."""
    run = app.safe('backup', 'photos', '-o', 'json', kubeconfig=kubeconfig, timeout=600)
    if run.code != 0:
        say(f'failed: {run.all_text()[-400:]}')
        return 'failed'
    folder = app.backups()[-1].parent
    manifest = json.loads((folder / 'manifest.json').read_text())
    dump = next(a for a in manifest['artifacts'] if a['kind'] == 'postgres')
    raw = subprocess.run(['gzip', '-dc', folder / dump['file']], capture_output=True)
    whole = subprocess.run(['pg_restore', '-f', '/dev/null'], input=raw.stdout, capture_output=True)
    right = (dump['level'] == 'V3' and raw.returncode == 0 and whole.returncode == 0
             and hashlib.sha256(raw.stdout).hexdigest() == dump['facts']['raw_sha256'])
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    return 'ok' if right else 'wrong'


def plain_dump(app, websocket, kubeconfig=None):
    """The guides' way: 'ok', 'cut' (exit 0 and not whole) or 'broken' (an exit code that tells)."""
    env = app.env(kubeconfig)
    env['KUBECTL_REMOTE_COMMAND_WEBSOCKETS'] = 'true' if websocket else 'false'
    target = app.home / 'plain.dump'
    with open(target, 'wb') as f:
        done = subprocess.run([app.lab.env['KUBECTL'], '-n', app.ns, 'exec', app.db_pod, '--', 'pg_dump', '-U', 'photos', '-Fc', 'photos'],
                              env=env, stdout=f, stderr=subprocess.DEVNULL)
    whole = subprocess.run(['pg_restore', '-f', '/dev/null', target], capture_output=True).returncode == 0
    return 'broken' if done.returncode != 0 else 'ok' if whole else 'cut'


def count(results):
    return ', '.join(f'{results.count(r)} {r}' for r in sorted(set(results)))


def loaded(lab):
    """A database of 200 MB, full speed, both cores busy."""
    app = App(lab, 3, photos=10000, bytes_per_photo=20000).install()
    say('database: ' + app.sql("select pg_size_pretty(pg_database_size('photos'))"))
    burners = [subprocess.Popen(['nice', '-n', '5', 'sh', '-c', 'while :; do :; done']) for _ in range(4)]
    try:
        began = time.time()
        ours = [one_backup(app) for _ in range(EACH)]
        say(f'{EACH} backups under CPU load: {count(ours)}, {(time.time() - began) / EACH:.1f} s each')
        plain = {ws: [plain_dump(app, ws) for _ in range(5)] for ws in (True, False)}
        say(f'plain exec under the same load: WebSocket {count(plain[True])}; SPDY {count(plain[False])}')
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
    app.remove()
    check(ours == ['ok'] * EACH, f'0 wrong and 0 failed: {count(ours)}')


def slow(lab):
    """A dump of about 15 MB through a link of 1 MB/s."""
    app = App(lab, 4, photos=2000, bytes_per_photo=7500).install()
    with FaultProxy(lab, '--rate', '1000000') as proxy:
        began = time.time()
        ours = [one_backup(app, proxy.kubeconfig) for _ in range(EACH)]
        say(f'{EACH} backups at 1 MB/s: {count(ours)}, {(time.time() - began) / EACH:.1f} s each')
        plain = {ws: [plain_dump(app, ws, proxy.kubeconfig) for _ in range(3)] for ws in (True, False)}
        say(f'plain exec on the same link: WebSocket {count(plain[True])}; SPDY {count(plain[False])}')
    app.remove()
    check(ours == ['ok'] * EACH, f'0 wrong and 0 failed: {count(ours)}')


TESTS = [('backups_under_load', loaded), ('backups_slow_link', slow)]
