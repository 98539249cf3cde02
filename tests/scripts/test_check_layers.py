# SPDX-License-Identifier: Apache-2.0
"""scripts/check-layers finds each kind of fault, planted in an otherwise clean tree."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/check-layers"


class CheckLayers(unittest.TestCase):
    def run_on(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {"common/base/a.hpp": "#pragma once\n", **files}.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            done = subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True)
        return done.returncode, done.stdout

    def assert_fault(self, files, words):
        code, out = self.run_on(files)
        self.assertEqual(code, 1, out)
        self.assertIn(words, out)

    def assert_clean(self, files):
        code, out = self.run_on(files)
        self.assertEqual(code, 0, out)

    def test_arrows(self):
        self.assert_clean({"common/plan/a.cpp": '#include "base/a.hpp"\n#include "health/b.hpp"\n#include "backup/c.hpp"\n'})
        self.assert_clean({"helm-plugin/main.cpp": '#include "steps/engine.hpp"\n#include "helm-plugin/x.hpp"\n'})
        self.assert_fault({"common/base/b.cpp": '#include "process/p.hpp"\n'}, "base may not include process/p.hpp")
        self.assert_fault({"common/diff/b.cpp": '#include "cluster/p.hpp"\n'}, "the arrow points up")
        self.assert_fault({"common/plan/b.cpp": '#include "steps/p.hpp"\n'}, "plan may not include")
        self.assert_fault({"common/base/b.cpp": '#include "helm-plugin/p.hpp"\n'}, "base may not include")
        self.assert_fault({"kubectl-plugin/b.cpp": '#include "helm-plugin/p.hpp"\n'}, "do not know each other")
        self.assert_fault({"common/newroom/b.cpp": '#include "base/a.hpp"\n'}, "no row")

    def test_report_sees_events_only(self):
        self.assert_clean({"common/report/a.cpp": '#include "steps/event.hpp"\n'})
        self.assert_fault({"common/report/a.cpp": '#include "steps/engine.hpp"\n'}, "report may not include")

    def test_libraries(self):
        self.assert_clean({"common/base/yaml.cpp": "#include <yaml-cpp/yaml.h>\n", "helm-plugin/m.cpp": "#include <CLI/CLI.hpp>\n"})
        self.assert_fault({"common/plan/a.cpp": "#include <CLI/CLI.hpp>\n"}, "CLI11 belongs")
        self.assert_fault({"common/plan/a.cpp": "#include <yaml-cpp/yaml.h>\n"}, "yaml-cpp belongs")
        boost = "#include <boost/beast.hpp>\n"
        self.assert_clean({"common/cluster/a.cpp": boost})
        self.assert_fault({"common/cluster/a.cpp": boost, "common/cluster/b.cpp": boost}, "Boost is included in 2 files")

    def test_writer(self):
        self.assert_fault({"common/checks/a.cpp": "void f(ClusterWriter& w);\n"}, "ClusterWriter is for steps")
        self.assert_clean({"common/checks/a.cpp": "// no ClusterWriter here\n", "common/steps/a.cpp": "ClusterWriter w;\n"})

    def test_lengths(self):
        body = "    g();\n" * 59
        self.assert_clean({"common/base/b.cpp": "namespace su {\nint f(int a) {\n" + "    g();\n" * 58 + "}\n}\n"})
        self.assert_fault({"common/base/b.cpp": "namespace su {\nint f(int a) {\n" + body + "}\n}\n"}, "b.cpp:2: a function of 61 lines")
        self.assert_fault({"common/base/b.cpp": "class A {\n  int f(int a) {\n" + body + "  }\n};\n"}, "a function of 61 lines")
        self.assert_clean({"common/base/b.cpp": "const std::vector<int> t{\n" + "  {1},\n" * 100 + "};\n"})
        self.assert_fault({"common/base/b.cpp": "int a;\n" * 501}, "501 lines; the limit is 500")


if __name__ == "__main__":
    unittest.main()
