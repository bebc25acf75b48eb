"""The service name of an application that was given none; expected values are ddtrace 4.16.0's."""

import os

import pytest
from processes import launched


MORE = ("proj/src/shop/main.py", "proj/bin/tool.py", "dot.dir/my.app.py", "UPPER/Main.py", "nested/a/b/c.py")


@pytest.fixture
def project(tmp_path):
    """proj/app.py, proj/pkg/{__init__,__main__}.py, proj/pkg/sub/{__init__,mod}.py, plain/run.py, and so on"""
    show = "from ddtrace import config\nprint(config.service)\n"
    for name in ("proj/app.py", "proj/pkg/__main__.py", "proj/pkg/sub/mod.py", "plain/run.py", *MORE):
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(show)
    for name in ("proj/pkg/__init__.py", "proj/pkg/sub/__init__.py", "proj/src/shop/__init__.py"):
        (tmp_path / "src" / name).touch()
    return tmp_path / "src"


@pytest.mark.parametrize(
    ("directory", "arguments", "expected"),
    [
        ("proj", "app.py", "proj"),
        ("proj", "-m pkg", "None"),
        ("proj", "-m pkg.sub.mod", "None"),
        ("", "proj/app.py", "proj"),
        ("", "proj/pkg/sub/mod.py", "pkg.sub"),
        ("plain", "run.py a=b /tmp", "plain"),
        ("proj", "-X dev app.py --x pkg", "proj"),
        ("proj", "-O -m pkg app.py", "proj"),
        ("proj", "-O -m pkg -m pkg", "pkg"),
        ("proj", "src/shop/main.py", "shop"),
        ("proj/src", "-m shop.main", "None"),
        ("proj", "bin/tool.py", "None"),
        ("", "dot.dir/my.app.py", "dot.dir"),
        ("", "UPPER/Main.py", "UPPER"),
        ("", "nested/a/b/c.py", "b"),
        ("proj", "app.py -c src/shop", "proj"),
        ("proj", "app.py runserver --settings=a.b", "proj"),
        ("proj", "app.py KEY=1 -m pkg", "proj"),
        ("proj", "-W error -m pkg.sub.mod app.py", "proj"),
        ("proj", "-m runpy pkg", "pkg"),
        ("proj", "-u -B app.py ../plain", "proj"),
        ("plain", "run.py ../proj/app.py", "plain"),
    ],
)
def test_like_ddtrace(tmp_path, project, directory, arguments, expected):
    assert launched(tmp_path, *arguments.split(), cwd=os.path.join(str(project), directory)) == expected


def test_looking_for_a_module_imports_nothing(tmp_path, project):
    (project / "proj" / "noisy.py").write_text("print('imported')")
    assert launched(tmp_path, "-m", "pkg", "noisy.x", cwd=str(project / "proj")) == "None"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"AWS_LAMBDA_FUNCTION_NAME": "fn"}, "fn"),
        ({"AWS_LAMBDA_FUNCTION_NAME": "fn", "DD_SERVICE": "web"}, "web"),
        ({"FUNCTION_NAME": "fn", "GCP_PROJECT": "p"}, "fn"),
        ({"FUNCTION_NAME": "fn"}, "plain"),
        ({"K_SERVICE": "k", "FUNCTION_TARGET": "t"}, "k"),
        ({"WEBSITE_SITE_NAME": "site"}, "plain"),
        ({"OTEL_SERVICE_NAME": "otel"}, "otel"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=res,team=a"}, "res"),
    ],
)
def test_names_from_elsewhere(tmp_path, project, variables, expected):
    assert launched(tmp_path, "run.py", cwd=str(project / "plain"), **variables) == expected
