# SPDX-License-Identifier: Apache-2.0
"""Both helms install the plugin in every way they have, and both plugins then answer."""
import shutil
import subprocess
import tarfile
from pathlib import Path

from support import ROOT, Home, package, tools


class PluginInstall(Home):
    def installed(self, helm, *source):
        out = self.run_ok(helm, "plugin", "install", *source)
        self.assertIn("Installed plugin: safe-upgrade", out)
        self.both_answer(helm)
        return out

    def both_answer(self, helm):
        self.assertIn("RELEASE", self.run_ok(helm, "safe-upgrade", "--help"))
        self.assertIn("0.", self.run_ok(helm, "safe-upgrade", "--version"))
        link = self.links / "kubectl-upgrade_validate"
        self.assertTrue(link.is_symlink())
        self.assertIn("RELEASE", self.run_ok(tools()["KUBECTL"], "upgrade-validate", "--help"))

    def unpacked(self):
        folder = self.home / "unpacked"
        with tarfile.open(package()) as archive:
            archive.extractall(folder, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(folder)
        return folder / "safe-upgrade"

    def repository(self):
        """A git repository that holds the packaged tree, so that the hook need not build."""
        folder = self.unpacked()
        git = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.org"]
        for words in (["init", "-q", "-b", "main"], ["add", "-A", "-f"], ["commit", "-q", "-m", "x"], ["tag", "v0.1.0"]):
            self.run_ok(*git, *words)
        return f"file://{folder}"

    def test_folder_helm3(self):
        self.installed(tools()["HELM3"], ROOT)

    def test_folder_helm4(self):
        self.installed(tools()["HELM4"], ROOT)

    def test_archive_by_http_helm3(self):
        self.installed(tools()["HELM3"], f"{self.serve(package().parent)}/{package().name}")

    def test_archive_by_http_helm4(self):
        self.installed(tools()["HELM4"], f"{self.serve(package().parent)}/{package().name}", "--verify=false")

    def test_archive_unpacked_helm3(self):
        self.installed(tools()["HELM3"], self.unpacked())

    def test_archive_local_helm4(self):
        self.installed(tools()["HELM4"], package(), "--verify=false")

    def test_git_helm3(self):
        self.installed(tools()["HELM3"], self.repository(), "--version", "0.1.0")

    def test_git_helm4(self):
        self.installed(tools()["HELM4"], self.repository(), "--verify=false")

    def test_uninstall_says_nothing_bad_and_reinstall_takes_the_old_link_over(self):
        for helm in (tools()["HELM3"], tools()["HELM4"]):
            folder = self.unpacked()
            self.installed(helm, folder)
            self.assertNotIn("rror", self.run_ok(helm, "plugin", "uninstall", "safe-upgrade"))
            shutil.rmtree(folder)  # the link dangles now
            self.installed(helm, self.unpacked())
            self.run_ok(helm, "plugin", "uninstall", "safe-upgrade")


class InstallHook(Home):
    def hook(self, folder, **env):
        return subprocess.run([folder / "scripts/install-plugin"], env={**self.env, "HELM_PLUGIN_DIR": str(folder), **env},
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)

    def plugin_folder(self, program="#!/bin/sh\necho safe-upgrade 0.1.0\n"):
        folder = self.home / "plugin"
        (folder / "bin").mkdir(parents=True)
        (folder / "scripts").mkdir()
        shutil.copy(ROOT / "scripts/install-plugin", folder / "scripts")
        shutil.copy(ROOT / "plugin.yaml", folder)
        for name in ("helm-safe-upgrade", "kubectl-upgrade_validate"):
            path = folder / "bin" / name
            path.write_text(program)
            path.chmod(0o755)
        return folder

    def test_a_foreign_program_is_never_overwritten(self):
        foreign = self.links / "kubectl-upgrade_validate"
        foreign.write_text("not ours")
        done = self.hook(self.plugin_folder())
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(foreign.read_text(), "not ours")
        self.assertIn("is not ours", done.stdout)
        self.assertIn("put the program on PATH", done.stdout)

    def test_no_folder_to_link_into(self):
        done = self.hook(self.plugin_folder(), PATH="/usr/bin:/bin")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("ln -s", done.stdout)

    def test_programs_that_do_not_run_here_and_no_source(self):
        done = self.hook(self.plugin_folder("#!/bin/sh\nexit 1\n"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("do not run on Linux", done.stdout)
        self.assertFalse((self.links / "kubectl-upgrade_validate").is_symlink())

    def test_an_old_program_is_not_taken_for_this_version(self):
        done = self.hook(self.plugin_folder("#!/bin/sh\necho safe-upgrade 0.0.9\n"))
        self.assertEqual(done.returncode, 1, done.stdout)

    def test_missing_packages_are_named_with_the_command(self):
        script = f". {ROOT}/scripts/lib/common.sh; . {ROOT}/scripts/lib/needs.sh; id() {{ echo 1000; }}; need_packages no-such-package-here bash"
        done = subprocess.run(["bash", "-c", script], text=True, capture_output=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("sudo apt-get install -y --no-install-recommends no-such-package-here\n", done.stderr)
