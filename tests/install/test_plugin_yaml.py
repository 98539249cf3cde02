# SPDX-License-Identifier: Apache-2.0
"""plugin.yaml stays inside what Helm 3.17, 3.22, 4.1 and 4.3 all take; versions agree everywhere."""
import re
import unittest

from support import ROOT

# Helm 3.17 decodes strictly and then loads no plugin at all when it meets another field.
FIELDS = {"name", "version", "usage", "description", "command", "hooks", "ignoreFlags"}


class PluginYaml(unittest.TestCase):
    def setUp(self):
        self.text = (ROOT / "plugin.yaml").read_text()
        self.fields = dict(re.findall(r"^(\w+):\s*(.*)$", self.text, re.M))

    def test_fields(self):
        self.assertLessEqual(set(self.fields), FIELDS)
        self.assertLessEqual({"name", "version", "usage", "description", "command"}, set(self.fields))

    def test_hooks(self):
        hooks = dict(re.findall(r"^  (\w+):\s*\"(.*)\"$", self.text, re.M))
        self.assertEqual(set(hooks), {"install", "update"}, "a delete hook runs after its folder is gone")
        for command in hooks.values():
            self.assertTrue((ROOT / command.replace("$HELM_PLUGIN_DIR/", "")).is_file(), command)

    def test_version_is_strict_and_the_same_everywhere(self):
        version = self.fields["version"].strip('"')
        self.assertRegex(version, r"^\d+\.\d+\.\d+$")
        self.assertIn(f"project(safe-upgrade VERSION {version} ", (ROOT / "CMakeLists.txt").read_text())
        self.assertIn(f"## {version}", (ROOT / "CHANGELOG.md").read_text())

    def test_name_is_no_builtin_of_helm(self):
        self.assertEqual(self.fields["name"].strip('"'), "safe-upgrade")


class ExitCodes(unittest.TestCase):
    def test_the_page_says_what_the_header_says(self):
        header = (ROOT / "common/base/exit_code.hpp").read_text()
        numbers = dict(re.findall(r"^    (\w+) = (\d+),", header, re.M))
        rows = re.findall(r"\{ExitCode::(\w+), \"(.*?)\"\}", header)
        self.assertEqual(len(rows), len(numbers))
        page = (ROOT / "docs/reference/exit-codes.md").read_text()
        for name, meaning in rows:
            self.assertIn(f"| {numbers[name]} | {meaning} |", page)
