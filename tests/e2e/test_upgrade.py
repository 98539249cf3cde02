"""The main job, with Helm 3 and 4, database inside and outside the release: the good way and the faults."""
import json, os, subprocess, tempfile, threading, time

from lab import App, PASSWORD, say, wait_until


def check(condition, what, run=None):
    if not condition:
        raise AssertionError(what + (f'\nexit {run.code}\n--- out\n{run.out[-6000:]}\n--- err\n{run.err[-3000:]}' if run else ''))


def follow_pod_status(app, tag):
    """When a pod with this image first showed trouble, as any client sees it."""
    seen = {}
    done = threading.Event()

    def look():
        while not done.is_set() and 'at' not in seen:
            for pod in json.loads(app.kubectl('get', 'pods', '-o', 'json'))['items']:
                for status in pod.get('status', {}).get('containerStatuses', []):
                    waiting = status.get('state', {}).get('waiting', {}).get('reason', '')
                    if tag in status.get('image', '') + pod['spec']['containers'][0]['image'] and waiting in (
                            'ErrImagePull', 'ImagePullBackOff', 'CrashLoopBackOff'):
                        seen.setdefault('at', time.time())
                        seen.setdefault('reason', waiting)
            done.wait(0.2)
    thread = threading.Thread(target=look)
    thread.start()
    return seen, done, thread


def doomed(app, tag, reason_words, last_line):
    """(b), (c): named with its cause at most 10 s after the status shows it, rolled back, exit 5."""
    before, photos = app.server_image(), app.photos()
    seen, done, thread = follow_pod_status(app, tag)
    run = app.upgrade('1.0.0', '--set', f'server.image.tag={tag}', '--timeout', '120s')
    done.set()
    thread.join()
    check(run.code == 5, f'{tag}: exit code is 5', run)
    cause = run.event('cause')
    check(cause and cause['pod'].startswith('photos-server-'), f'{tag}: the pod is named', run)
    check(any(word in cause['reason'] for word in reason_words), f'{tag}: reason {cause["reason"]}', run)
    if last_line:
        check(any(last_line in line for line in cause['last_lines'] + cause['previous_lines']), f'{tag}: last log line', run)
    check('at' in seen, f'{tag}: the status showed it', run)
    late = cause['seen_at'] - seen['at']
    check(late <= 10, f'{tag}: named {late:.1f} s after the status showed {seen["reason"]}', run)
    check(app.server_image() == before, f'{tag}: the image is back', run)
    check(app.photos() == photos, f'{tag}: photos are the same', run)
    check(run.event('outcome')['headline'], 'a headline', run)
    say(f'{app.ns} {tag}: named {cause["reason"]} {late:.1f} s after the status showed it, exit 5 in {run.seconds:.1f} s')


def good(app):
    """(a)"""
    photos = app.photos()
    run = app.upgrade('1.1.0')
    check(run.code == 0, 'good upgrade: exit 0', run)
    manifest = json.loads(app.backups()[-1].read_text())
    check(all(a['level'] == 'V3' for a in manifest['artifacts'] if a['kind'] == 'postgres'), f'backup is V3: {manifest}')
    check(app.photos() == photos, 'photo count is equal')
    check(app.server_image().endswith(':1.120.0'), 'the new image runs')
    revision = app.revision()['revision']
    secrets = app.kubectl('get', 'secrets', '-o', 'name')
    check(f'secret/safe-upgrade.photos.r{revision}' in secrets, f'a record is there: {secrets}')
    with tempfile.TemporaryDirectory() as empty:
        validated = app.validate('-o', 'json', home=empty)
        check(validated.code == 0, 'kubectl upgrade-validate with an empty home', validated)
        check('baseline' in validated.all_text(), 'the baseline was found in the cluster', validated)
        counts = [c for c in json.loads(validated.out)['checks'] if c['kind'] == 'row_counts']
        check(counts and counts[0]['verdict'] == 'pass', 'row counts were compared', validated)
    history = app.safe('history', 'photos')
    check('validated' in history.out, 'history knows it', history)
    say(f'{app.ns} good upgrade: exit 0 in {run.seconds:.1f} s; validation alone {validated.seconds:.1f} s')


def unreachable(app):
    """(g) The database takes no new connections while the run validates: could not look, not rolled back."""
    def close_database(event):
        if event.get('type') == 'step_started' and event.get('step') == 'upgrade':
            app.sql('alter database photos allow_connections false', 'template1')
    run = app.upgrade('1.1.0', '--set', 'machineLearning.workers=3', on_event=close_database)
    app.sql('alter database photos allow_connections true', 'template1')
    check(run.code == 7, 'database unreachable for the validation: exit 7', run)
    workers = app.plain_helm('get', 'values', 'photos', '-o', 'json').out
    check('"workers":3' in workers.replace(' ', ''), f'not rolled back: {workers}', run)
    say(f'{app.ns} database unreachable: exit 7, kept')


def lossy(app):
    """(d)"""
    photos = app.photos()
    revision, image = app.revision()['revision'], app.server_image()
    run = app.upgrade('2.0.0', '--set', 'server.image.tag=2.0.0-lossy')
    check(run.code == 6, 'lossy migration: exit 6', run)
    lost = photos - app.photos()
    check(lost > 0, 'the migration did lose photos')
    failed = [c for c in run.event('checks')['checks'] if c['verdict'] == 'fail']
    text = json.dumps(failed)
    check('asset' in text and str(lost) in text, f'the table and {lost} rows are named: {text}')
    commands = run.event('outcome')['commands']
    check(commands and commands[0].startswith('helm safe-upgrade rollback photos'), f'one command: {commands}', run)
    words = commands[0].split()
    check('--with-data' in words, 'the command brings data back')
    back = app.safe(*[w for w in words[2:] if w not in ('-n', app.ns)], '--yes', '-o', 'json')
    check(back.code == 0, f'the printed command works: {commands[0]}', back)
    check(app.photos() == photos, f'exactly {photos} photos again, not {app.photos()}', back)
    check(app.server_image() == image, f'the image of revision {revision} runs again', back)
    say(f'{app.ns} lossy migration: exit 6, {lost} rows named; back to {photos} photos in {back.seconds:.1f} s')


def story(helm, outside):
    def body(lab):
        app = App(lab, helm, outside).install()
        doomed(app, '1.119.0-nope', ['ErrImagePull', 'ImagePullBackOff'], None)
        doomed(app, '1.120.0-crash', ['CrashLoopBackOff', 'Error'], 'FATAL: cannot parse config key xyz')
        good(app)
        unreachable(app)
        lossy(app)
        app.remove()
    return body


def plain_helm_waits(helm):
    def body(lab):
        """Beside ours: plain helm waits out its timeout and names neither pod nor log line."""
        app = App(lab, helm, photos=10).install()
        for tag, word in (('1.119.0-nope', 'photos-server-'), ('1.120.0-crash', 'cannot parse config key')):
            run = app.plain_helm('upgrade', 'photos', lab.chart('1.0.0'), '-f', app.values_file, '--set', f'server.image.tag={tag}',
                                 '--wait', '--timeout', '20s', check=False)
            check(run.code != 0 and run.seconds > 19, f'plain helm waits out its timeout: {run.seconds:.1f} s', run)
            check(word not in run.all_text(), 'plain helm does not name the cause', run)
            say(f'plain helm {helm} {tag}: {run.seconds:.1f} s of a 20 s timeout')
        app.remove()
    return body


def second_run(lab):
    """(f)"""
    app = App(lab, 3, photos=500).install()
    refused = {}

    def start_second(event):
        if event.get('type') == 'step_started' and event.get('step') == 'upgrade' and not refused:
            refused['run'] = app.start('photos', lab.chart('1.1.0'), '-f', app.values_file, '--yes', '-o', 'json')
    first = app.upgrade('1.1.0', '--set', 'server.image.tag=1.119.0-nope', on_event=start_second)
    second = refused['run'].wait()
    check(first.code == 5, 'the first run goes on to its end', first)
    check(second.code == 4, 'the second run is refused', second)
    check('is being upgraded by' in second.all_text() and '@' in second.all_text(), 'the holder is named', second)
    app.remove()


def secrets_stay_secret(lab):
    """Planted passwords appear in no output, log, argv or journal."""
    app = App(lab, 4).install()
    argvs, stop = set(), threading.Event()

    def sample():
        while not stop.is_set():
            for pid in filter(str.isdigit, os.listdir('/proc')):
                try:
                    argvs.add(open(f'/proc/{pid}/cmdline', 'rb').read())
                except OSError:
                    pass
    thread = threading.Thread(target=sample)
    thread.start()
    runs = [app.safe('diff', 'photos', lab.chart('1.1.0'), '-f', app.values_file),
            app.safe('photos', lab.chart('1.1.0'), '-f', app.values_file, '--set', 'server.image.tag=1.120.0-crash', '--yes', '--timeout', '60s'),
            app.upgrade('2.0.0'), app.validate(), app.validate('-o', 'json'), app.safe('backups', 'show', 'photos', 'latest'),
            app.safe('history', 'photos', '-o', 'json'), app.safe('rollback', 'photos', '--dry-run')]
    stop.set()
    thread.join()
    for run in runs:
        check(PASSWORD not in run.all_text(), 'a password in the output', run)
    check(not any(PASSWORD.encode() in argv for argv in argvs), 'a password in an argv')
    journals = list((app.home / '.local/state').rglob('*'))
    check(any(p.is_file() for p in journals), 'there is a journal')
    check(not any(PASSWORD in p.read_text() for p in journals if p.is_file()), 'a password in the journal')
    for path in (app.home / '.local/share/safe-upgrade').rglob('*'):
        check(path.stat().st_mode & 0o077 == 0, f'{path} is readable by others')
    app.remove()


TESTS = [(f'story_helm{h}_{"outside" if o else "inside"}', story(h, o)) for h in (3, 4) for o in (False, True)]
TESTS += [(f'plain_helm{h}_waits', plain_helm_waits(h)) for h in (3, 4)]
TESTS += [('second_run_refused', second_run), ('secrets_stay_secret', secrets_stay_secret)]
