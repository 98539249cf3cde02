"""A run that is killed: seen as dead, explained, taken over; nothing of it goes on."""
import os, pathlib, signal, time

from lab import App, say, wait_until
from test_upgrade import check


def children_named(parent, name):
    """Pids below `parent` whose program has this name."""
    found, todo = [], [parent]
    while todo:
        pid = todo.pop()
        try:
            kids = [int(k) for t in pathlib.Path(f'/proc/{pid}/task').iterdir() for k in (t / 'children').read_text().split()]
        except OSError:
            continue
        todo += kids
        found += [k for k in kids if name in pathlib.Path(f'/proc/{k}/cmdline').read_text(errors='replace')]
    return found


def killed_run(lab):
    app = App(lab, 3, photos=100).install()
    run = app.start('photos', lab.chart('1.0.0'), '-f', app.values_file, '--set', 'server.image.tag=1.119.0-nope', '--yes', '-o', 'json')
    wait_until(lambda: any(e.get('type') == 'workloads' for e in run.events), 60, 'the upgrade is watched')
    plugin = children_named(run.process.pid, 'helm-safe-upgrade')[0]
    proxies = children_named(plugin, 'proxy')
    check(proxies, 'kubectl proxy runs below it')
    os.kill(plugin, signal.SIGKILL)
    run.wait(30)
    wait_until(lambda: not any(os.path.exists(f'/proc/{p}') for p in proxies), 10, 'its kubectl proxy ends with it')

    again = app.upgrade('1.1.0')
    check(again.code == 4, 'the next run is refused while the Lease stands', again)
    check('has stopped renewing its Lease' in again.all_text() and '--take-over' in again.all_text(), 'and says what to do', again)
    status = app.safe('status', 'photos')
    check('running' in status.out and 'helm safe-upgrade rollback photos 1' in status.out, 'status explains the dead run', status)
    history = app.safe('history', 'photos')
    check('running' in history.out, 'history shows where it died', history)
    taken = app.upgrade('1.1.0', '--take-over')
    check(taken.code == 0, 'taken over explicitly, it goes well', taken)
    check(app.photos() == 103, 'photos are all there')
    app.remove()


def helm_killed(lab):
    """`kill HELM` (what CI does) reaches only helm: its plugin notices, resolves the state and ends."""
    app = App(lab, 4, photos=100).install()
    run = app.start('photos', lab.chart('1.0.0'), '-f', app.values_file, '--set', 'server.image.tag=1.119.0-nope', '--yes', '-o', 'json')
    wait_until(lambda: any(e.get('type') == 'workloads' for e in run.events), 60, 'the upgrade is watched')
    plugin = children_named(run.process.pid, 'helm-safe-upgrade')[0]
    os.kill(run.process.pid, signal.SIGTERM)
    wait_until(lambda: not os.path.exists(f'/proc/{plugin}'), 60, 'the orphan ends by itself')
    check(app.server_image().endswith(':1.119.0'), f'rolled back: {app.server_image()}')
    holder = app.kubectl('get', 'lease', 'safe-upgrade.photos', '-o', 'jsonpath={.spec.holderIdentity}')
    check(holder == '', f'the Lease is free: {holder}')
    app.remove()


TESTS = [('killed_run', killed_run), ('helm_killed', helm_killed)]
