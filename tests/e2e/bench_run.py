#!/usr/bin/env python3
"""scripts/bench run: ours and the plain way, alternating, on the same release and data; medians and the ratio."""
import statistics, subprocess, sys, time

from lab import App, Lab

TIMES = int(sys.argv[1]) if len(sys.argv) > 1 else 5

# What the guide tells an administrator to type (seeds/000, sections 2 and 6.1), with its `sleep 5` after port-forward.
PLAIN = r"""
set -euo pipefail
$KUBECTL exec -n $NS $DB_POD -- pg_dump -U photos -d photos -Fc > $WORK/plain.dump
pg_restore --list $WORK/plain.dump > /dev/null
$HELM get values photos -n $NS > $WORK/values-saved.yaml
before=$($KUBECTL exec -n $NS $DB_POD -- psql -U photos -d photos -Atc 'select count(*) from assets')
$HELM upgrade photos $CHART -n $NS -f $VALUES --set machineLearning.workers=$N --wait --timeout 5m > /dev/null
$KUBECTL get pods -n $NS -l app.kubernetes.io/instance=photos > /dev/null
$KUBECTL get pods -n $NS -l app.kubernetes.io/instance=photos -o jsonpath='{range .items[*]}{.spec.containers[*].image}{end}' > /dev/null
$KUBECTL exec -n $NS $DB_POD -- psql -U photos -d photos -c 'SELECT 1;' > /dev/null
after=$($KUBECTL exec -n $NS $DB_POD -- psql -U photos -d photos -Atc 'select count(*) from assets')
[ "$before" = "$after" ]
$KUBECTL port-forward -n $NS svc/photos-server $PORT:2283 > /dev/null & forward=$!
sleep 5
curl -sf -o /dev/null http://localhost:$PORT/api/server/ping
kill $forward
$KUBECTL logs -n $NS -l app.kubernetes.io/instance=photos --tail=100 --all-containers | grep -ci error > /dev/null || true
$KUBECTL exec -n $NS photos-machine-learning-0 -- ls /cache > /dev/null
"""


def ours(app, n):
    run = app.upgrade('1.1.0', '--set', f'machineLearning.workers={n}', '--set', f'server.env.ROUND=r{n}')
    assert run.code == 0, run.all_text()
    shares = {e['step']: e['duration_ms'] / 1000 for e in run.events if e.get('type') == 'step_finished'}
    shares['plan'] = next(e['seen_at'] for e in run.events if e.get('type') == 'plan') - run.started
    return run.seconds, shares


def plain(app, n, nap):
    env = app.env()
    env.update(NS=app.ns, DB_POD=app.db_pod, WORK=str(app.home), HELM=app.lab.env[f'HELM{app.helm}'], CHART=app.lab.chart('1.1.0'),
               VALUES=str(app.values_file), N=str(n), PORT=str(20000 + n))
    script = PLAIN.replace('--set machineLearning.workers=$N', '--set machineLearning.workers=$N --set server.env.ROUND=r$N')
    script = script.replace('sleep 5', f'sleep {nap}')
    began = time.time()
    subprocess.run(['bash', '-c', script], env=env, check=True)
    return time.time() - began


def main():
    lab = Lab()
    app = App(lab, 3, photos=5000, bytes_per_photo=2000).install('1.1.0')
    rows = {'ours': [], 'plain': [], 'plain without its sleep': []}
    shares = []
    for i in range(TIMES):
        seconds, share = ours(app, 10 + 3 * i)
        rows['ours'].append(seconds)
        shares.append(share)
        rows['plain'].append(plain(app, 11 + 3 * i, 5))
        rows['plain without its sleep'].append(plain(app, 12 + 3 * i, 1))
    median = {name: statistics.median(values) for name, values in rows.items()}
    print('the plain way:\n' + PLAIN)
    for name, values in rows.items():
        print(f'{name}: median {median[name]:.1f} s of {", ".join(f"{v:.1f}" for v in values)}')
    for step in shares[0]:
        print(f'  {step}: {statistics.median(s[step] for s in shares):.2f} s')
    print(f'ratio to the plain way: {median["ours"] / median["plain"]:.2f} (goal at most 1.1); '
          f'with sleep 1 instead of 5: {median["ours"] / median["plain without its sleep"]:.2f}')
    app.remove()
    lab.close()


main()
