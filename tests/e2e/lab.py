"""What every cluster test needs: the cluster, both helms with the plugin installed, a photos release, faults.

Everything runs for real; each test has a namespace of its own, so that several can go on at once.
"""
import json, os, pathlib, re, shutil, subprocess, tempfile, threading, time, uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = 'Pl4nted-' + uuid.uuid4().hex[:12]  # must appear in no output, argv, log or journal


def cluster_environment():
    subprocess.run([ROOT / 'tests/cluster/cluster', 'up'], check=True)
    text = subprocess.run([ROOT / 'tests/cluster/cluster', 'env'], check=True, capture_output=True, text=True).stdout
    shown = subprocess.run(['bash', '-c', text + '\nenv -0'], check=True, capture_output=True).stdout.decode()
    return dict(entry.split('=', 1) for entry in shown.split('\0') if '=' in entry)


class Lab:
    """Shared by all tests of a run."""

    def __init__(self):
        self.env = cluster_environment()
        self.work = pathlib.Path(tempfile.mkdtemp(prefix='su-e2e-'))
        subprocess.run([ROOT / 'tests/apps/photos/make-charts', self.work / 'charts'], check=True, stdout=subprocess.DEVNULL)
        for major in (3, 4):
            plugins = self.work / f'plugins{major}'
            plugins.mkdir()
            (plugins / 'safe-upgrade').symlink_to(ROOT)
        (self.work / 'bin').mkdir()
        (self.work / 'bin/kubectl-upgrade_validate').symlink_to(ROOT / 'bin/kubectl-upgrade_validate')

    def chart(self, version):
        return str(self.work / 'charts' / f'photos-{version}')

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)


class Run:
    """A finished or running command: output, events, times."""

    def __init__(self, argv, env, on_event=None, cwd=None):
        self.started = time.time()
        self.events = []
        self.raw = []
        self.process = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                        text=True, errors='replace', start_new_session=True, cwd=cwd)
        self.on_event = on_event
        self.err = ''
        self.readers = [threading.Thread(target=self.read_out), threading.Thread(target=self.read_err)]
        for reader in self.readers:
            reader.start()

    def read_out(self):
        for line in self.process.stdout:
            self.raw.append(line)
            if line.startswith('{'):
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                event['seen_at'] = time.time()
                self.events.append(event)
                if self.on_event:
                    self.on_event(event)

    def read_err(self):
        for line in self.process.stderr:
            self.err += line

    def wait(self, timeout=300):
        try:
            self.process.wait(timeout)
        finally:
            if self.process.poll() is None:
                self.process.kill()
        for reader in self.readers:
            reader.join(20)
        self.seconds = time.time() - self.started
        self.out = ''.join(self.raw)
        return self

    @property
    def code(self):
        return self.process.returncode

    def event(self, kind):
        return next((e for e in self.events if e.get('type') == kind), None)

    def all_text(self):
        return self.out + self.err


class App:
    """A photos release in a namespace of its own."""

    def __init__(self, lab, helm, outside=False, photos=2000, bytes_per_photo=0):
        self.lab, self.helm, self.outside = lab, helm, outside
        self.ns = f'e2e-h{helm}-{"out" if outside else "in"}-{uuid.uuid4().hex[:5]}'
        self.home = lab.work / self.ns
        self.home.mkdir()
        self.db_pod = 'photos-db-0' if outside else 'photos-postgresql-0'
        self.values = {'seed': {'photos': photos, 'bytesPerPhoto': bytes_per_photo}}
        if outside:
            self.values.update({'postgresql': {'enabled': False}, 'externalDatabase': {'host': 'photos-db', 'existingSecret': 'photos-db'}})
        else:
            self.values['postgresql'] = {'auth': {'password': PASSWORD}}
        self.values['server'] = {'env': {'PHOTOS_API_TOKEN': PASSWORD}}
        self.values_file = self.home / 'values.yaml'
        self.values_file.write_text(json.dumps(self.values))
        self.values_file.chmod(0o600)

    # --- commands
    def env(self, kubeconfig=None, home=None):
        env = dict(self.lab.env, HOME=str(home or self.home), HELM_PLUGINS=str(self.lab.work / f'plugins{self.helm}'))
        for name in list(env):
            if name.startswith('XDG_') or name in ('SAFE_UPGRADE_BACKUP_DIR',):
                del env[name]
        env['PATH'] = f'{self.lab.work}/bin:{env["PATH"]}'
        if kubeconfig:
            env['KUBECONFIG'] = str(kubeconfig)
        return env

    def helm_argv(self, *args):
        return [self.lab.env[f'HELM{self.helm}'], *map(str, args), '-n', self.ns]

    def plain_helm(self, *args, timeout=180, check=True):
        run = Run(self.helm_argv(*args), self.env()).wait(timeout)
        if check and run.code != 0:
            raise AssertionError(f'helm {args} ended with {run.code}: {run.all_text()}')
        return run

    def start(self, *args, kubeconfig=None, on_event=None):
        return Run(self.helm_argv('safe-upgrade', *args), self.env(kubeconfig), on_event)

    def safe(self, *args, timeout=300, **more):
        return self.start(*args, **more).wait(timeout)

    def upgrade(self, version, *flags, **more):
        return self.safe('photos', self.lab.chart(version), '-f', self.values_file, '--yes', '-o', 'json', *flags, **more)

    def validate(self, *flags, home=None, timeout=60):
        return Run([self.lab.env['KUBECTL'], 'upgrade-validate', 'photos', '-n', self.ns, *flags], self.env(home=home)).wait(timeout)

    def kubectl(self, *args, check=True, input=None, timeout=120):
        done = subprocess.run([self.lab.env['KUBECTL'], '-n', self.ns, *map(str, args)], env=self.lab.env, capture_output=True,
                              text=True, input=input, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f'kubectl {args}: {done.stderr}')
        return done.stdout

    # --- life
    def install(self, version='1.0.0'):
        self.kubectl('create', 'namespace', self.ns)
        if self.outside:
            manifest = (ROOT / 'tests/apps/photos/external-db.yaml').read_text().replace('@PASSWORD@', PASSWORD)
            self.kubectl('apply', '-f', '-', input=manifest)
            self.kubectl('rollout', 'status', 'statefulset/photos-db', '--timeout=120s')
        self.plain_helm('install', 'photos', self.lab.chart(version), '-f', self.values_file, '--wait', '--timeout', '180s')
        return self

    def remove(self):
        self.kubectl('delete', 'namespace', self.ns, '--wait=false', check=False)

    # --- facts
    def sql(self, statement, database='photos'):
        return self.kubectl('exec', self.db_pod, '--', 'psql', '-U', 'photos', '-d', database, '-Atc', statement).strip()

    def photos(self):
        table = self.sql("select coalesce(to_regclass('asset'), to_regclass('assets'))")
        return int(self.sql(f'select count(*) from {table}'))

    def revision(self):
        return json.loads(self.plain_helm('history', 'photos', '-o', 'json').out)[-1]

    def server_image(self):
        return self.kubectl('get', 'deployment', 'photos-server', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')

    def backups(self):
        root = self.home / '.local/share/safe-upgrade/backups'
        return sorted(root.glob('*/photos/*/manifest.json'))

    def backup_folders(self):
        root = self.home / '.local/share/safe-upgrade/backups'
        return sorted(p for p in root.glob('*/photos/*') if p.is_dir())


class FaultProxy:
    """tests/cluster/faultproxy.py in front of the API server, and a kubeconfig that goes through it."""
    port = 17000
    lock = threading.Lock()

    def __init__(self, lab, *flags):
        with FaultProxy.lock:
            FaultProxy.port += 1
            self.port = FaultProxy.port
        config = pathlib.Path(lab.env['KUBECONFIG']).read_text()
        server = re.search(r'server: "?https://([^"\s]+?)"?[,}\s]', config).group(1)
        self.process = subprocess.Popen(['python3', ROOT / 'tests/cluster/faultproxy.py', '--listen', str(self.port), '--to', server, *flags])
        self.kubeconfig = lab.work / f'kubeconfig-{self.port}'
        self.kubeconfig.write_text(config.replace(server, f'127.0.0.1:{self.port}'))
        self.kubeconfig.chmod(0o600)
        wait_until(self.is_open, 10, 'the fault proxy listens')

    def is_open(self):
        import socket
        with socket.socket() as s:
            return s.connect_ex(('127.0.0.1', self.port)) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def wait_until(condition, seconds, what):
    until = time.time() + seconds
    while time.time() < until:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f'not within {seconds} s: {what}')


def say(text):
    print(f'    {text}', flush=True)
