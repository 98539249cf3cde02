"""Every flag of `helm upgrade` of both real helms reaches helm, or does not, as the table says: a recording helm sees it."""
import json, os, re, stat

from lab import App, say
from test_upgrade import check

RECORDER = r'''#!/usr/bin/env python3
import json, os, sys
here = os.path.dirname(os.path.abspath(__file__))
with open(here + '/calls.jsonl', 'a') as f:
    f.write(json.dumps(sys.argv[1:]) + '\n')
if sys.argv[1] == 'upgrade' and any(a.startswith('--dry-run') for a in sys.argv):
    sys.stdout.write(open(here + '/render.json').read())
elif sys.argv[1] == 'upgrade':
    print('{}')
else:
    os.execv(os.environ['REAL_HELM'], ['helm', *sys.argv[1:]])
'''
VALUES = {'values': 'VALUES', 'set-file': 'a=VALUES', 'timeout': '90s', 'output': 'json', 'set-json': 'a={}', 'on-failure': 'keep',
          'wait': None, 'dry-run': 'none'}


def flags_of_help(app):
    """(name, takes a value) of the flags that this helm shows."""
    text = app.plain_helm('upgrade', '--help').out
    found = re.findall(r'^\s+(?:-\w, )?--([a-z-]+)(?: (\S+))?\s{2,}', text, re.M)
    check(len(found) > 50, f'the help was understood: {len(found)} flags')
    return found


def word(row, values_file):
    if row['takes'] == 'nothing':
        return f'--{row["name"]}'
    value = VALUES.get(row['name'], 'a=b' if row['name'].startswith('set') else 'sample')
    return f'--{row["name"]}' if value is None else f'--{row["name"]}={value.replace("VALUES", str(values_file))}'


class Recorder:
    def __init__(self, app):
        self.app, self.folder = app, app.home / 'recorder'
        self.folder.mkdir()
        self.helm = self.folder / 'helm'
        self.helm.write_text(RECORDER)
        self.helm.chmod(self.helm.stat().st_mode | stat.S_IXUSR)
        real = app.plain_helm('upgrade', 'photos', app.lab.chart('1.0.0'), '-f', app.values_file, '--dry-run=client', '-o', 'json')
        (self.folder / 'render.json').write_text(real.out)

    def calls(self, *args):
        """(render, upgrade) as helm saw them; the run is ours by its own name, with the environment that helm would give."""
        from lab import ROOT, Run
        (self.folder / 'calls.jsonl').write_text('')
        env = dict(self.app.env(), HELM_BIN=str(self.helm), HELM_NAMESPACE=self.app.ns, REAL_HELM=self.app.lab.env[f'HELM{self.app.helm}'])
        run = Run([ROOT / 'bin/helm-safe-upgrade', *args], env).wait()
        seen = [json.loads(line) for line in (self.folder / 'calls.jsonl').read_text().splitlines()]
        upgrades = [c for c in seen if c[0] == 'upgrade']
        return (run, next((c for c in upgrades if any(a.startswith('--dry-run') for a in c)), None),
                next((c for c in upgrades if not any(a.startswith('--dry-run') for a in c)), None))


def every_flag(helm):
    def body(lab):
        app = App(lab, helm, photos=20).install()
        recorder = Recorder(app)
        table = {row['name']: row for row in json.loads(app.safe('flags', '-o', 'json').out)}
        shown = [name for name, _ in flags_of_help(app)]
        missing = [name for name in shown if name not in table]
        check(not missing, f'flags that the table does not know: {missing}')
        rows = [table[name] for name in shown]
        by_fate = lambda fate: [r for r in rows if r['fate'] == fate]  # noqa: E731

        # all that helm gets, in one real run: backup, upgrade and validation go on around the recorder
        passed = [word(r, app.values_file) for r in by_fate('passed_on')]
        values = [word(r, app.values_file) for r in by_fate('value_flag') if not r['name'].startswith('re')]
        run, render, upgrade = recorder.calls('photos', lab.chart('1.0.0'), '--yes', '-o', 'json', *passed, *values)
        check(render and upgrade, 'one render and one upgrade', run)
        for flag in passed:
            check(flag in render and flag in upgrade, f'{flag} is passed on to both: {render} {upgrade}')
        for flag in values:
            check(flag in render and flag not in upgrade, f'{flag} reaches the render alone: {render} {upgrade}')
        given = [upgrade[i + 1] if a in ('-f', '--values') else a.split('=', 1)[1] for i, a in enumerate(upgrade)
                 if a in ('-f', '--values') or a.startswith('--values=')]
        check(len(given) == 1 and given[0] != str(app.values_file), f'exactly one values file, ours: {upgrade}')

        for row in by_fate('value_flag') + by_fate('taken_over') + by_fate('connection') + by_fate('refused'):
            if row['name'] == 'help' or (row['fate'] == 'value_flag' and not row['name'].startswith('re')):
                continue
            flag = word(row, app.values_file)
            if row['fate'] == 'connection':
                flag = {'namespace': f'--namespace={app.ns}', 'kubeconfig': f'--kubeconfig={lab.env["KUBECONFIG"]}'}.get(row['name'])
                if flag is None:  # the others lead to another cluster or person; helm's own plugin tests cover them
                    continue
            run, render, _ = recorder.calls('plan', 'photos', lab.chart('1.0.0'), '-f', str(app.values_file), flag)
            if row['fate'] == 'refused':
                check(run.code == 2 and render is None and row['name'] in run.err, f'{flag} is refused with its reason', run)
            else:
                check(run.code in (0, 4) and render, f'{flag} is understood', run)
                here = [a for a in render if a.split('=')[0] == f'--{row["name"]}']
                ours = {'output', 'dry-run', 'namespace', 'kubeconfig', 'hide-notes'}
                check((flag in render) == (row['fate'] == 'value_flag') or row['name'] in ours, f'{flag}: {here}')
        say(f'helm {helm}: {len(rows)} flags of its help; {len(passed)} passed on, {len(values)} values')
        app.remove()
    return body


TESTS = [(f'every_flag_helm{h}', every_flag(h)) for h in (3, 4)]
