# SPDX-License-Identifier: Apache-2.0
"""The real helms and kubectl of the tests' cluster, and a home of its own for each test."""
import functools
import http.server
import os
import shlex
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_INHERITED = ("HELM_", "KUBE", "XDG_", "SAFE_UPGRADE_")


@functools.cache
def tools():
    """HELM3, HELM4, KUBECTL as `tests/cluster/cluster env` names them (HELM3=... etc. in the environment win)."""
    text = subprocess.run([ROOT / "tests/cluster/cluster", "env"], check=True, capture_output=True, text=True).stdout
    found = dict(word.split("=", 1) for line in text.splitlines() for word in shlex.split(line) if "=" in word)
    tools = {name: os.environ.get(name, found[name]) for name in ("HELM3", "HELM4", "KUBECTL")}
    for name, path in tools.items():
        if not os.access(path, os.X_OK):
            raise RuntimeError(f"{name}={path} is no program; tests/cluster/cluster up builds it")
    return tools


@functools.cache
def package():
    """The archive that scripts/package makes of the built programs."""
    folder = tempfile.mkdtemp(prefix="su-package-")
    unittest.addModuleCleanup(subprocess.run, ["rm", "-rf", folder])
    done = subprocess.run([ROOT / "scripts/package", folder], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return Path(done.stdout.strip())


class Home(unittest.TestCase):
    """A throwaway HOME whose .local/bin is on PATH; nothing of the user's helm is seen or changed."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="su-home-")
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        self.links = self.home / ".local/bin"
        self.links.mkdir(parents=True)
        keep = {k: v for k, v in os.environ.items() if not k.startswith(NOT_INHERITED)}
        self.env = {**keep, "HOME": folder.name, "PATH": f"{self.links}:/usr/bin:/bin", "KUBECONFIG": "/nonexistent"}
        self.env |= {f"HELM_{name}_HOME": str(self.home / name.lower()) for name in ("DATA", "CACHE", "CONFIG")}

    def run_ok(self, *argv, env=None):
        done = subprocess.run([str(a) for a in argv], env=env or self.env, cwd=self.home, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        self.assertEqual(done.returncode, 0, f"{argv}:\n{done.stdout}")
        return done.stdout

    def serve(self, folder):
        """Serves a folder on 127.0.0.1 with the content type that Helm 3 wants of an archive; the base URL."""

        class Handler(http.server.SimpleHTTPRequestHandler):
            extensions_map = {".tgz": "application/gzip", "": "application/octet-stream"}

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"
