# SPDX-License-Identifier: Apache-2.0
"""Every flag that the real helms name for `helm upgrade` is in our table, and those they hide as well."""
import json
import re
import subprocess

from support import ROOT, Home, tools

HIDDEN = {"HELM3": ["recreate-pods"], "HELM4": ["atomic", "force"]}  # accepted, not in --help


class Flags(Home):
    def table(self):
        return {row["name"]: row for row in json.loads(self.run_ok(ROOT / "bin/helm-safe-upgrade", "flags", "-o", "json"))}

    def helm_flags(self, helm):
        """name -> (short, takes) from helm's own help."""
        found = {}
        for short, name, kind in re.findall(r"^ {2,6}(?:-(\w), )?--([\w-]+)(.*?)(?: {3}|$)", self.run_ok(helm, "upgrade", "--help"), re.M):
            takes = "optional value" if "[=" in kind else "value" if kind.strip() else "nothing"
            found[name] = (short, takes)
        self.assertGreater(len(found), 50)
        return found

    def check(self, which):
        table = self.table()
        version = which[-1]
        helm = self.helm_flags(tools()[which])
        for name, (short, takes) in helm.items():
            with self.subTest(flag=name):
                self.assertIn(name, table)
                row = table[name]
                self.assertEqual(row["short"], short)
                self.assertIn(row["helm"], ("3.17-4.3", version))
                # --wait is a switch in Helm 3 and takes a strategy in 4: the wider one serves both
                if name != "wait":
                    self.assertEqual(row["takes"], takes)
        for row in table.values():
            if row["helm"] in ("3.17-4.3", version) and row["name"] not in HIDDEN[which]:
                with self.subTest(row=row["name"]):
                    self.assertIn(row["name"], helm)

    def test_helm3(self):
        self.check("HELM3")

    def test_helm4(self):
        self.check("HELM4")

    def test_hidden_flags_are_known_to_the_helm_that_hides_them(self):
        for which, names in HIDDEN.items():
            for name in names:
                with self.subTest(helm=which, flag=name):
                    done = subprocess.run([tools()[which], "upgrade", "r", "./no-chart", f"--{name}"], env=self.env, cwd=self.home,
                                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
                    self.assertNotIn("unknown flag", done.stdout)
                    self.assertIn("deprecated", done.stdout)
