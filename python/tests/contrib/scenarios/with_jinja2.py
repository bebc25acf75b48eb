import os
import tempfile

from . import scenario


@scenario()
def template_render():
    import jinja2

    return jinja2.Template("hello {{ name }}").render(name="ann")


@scenario()
def environment_from_string():
    import jinja2

    return jinja2.Environment().from_string("hello {{ name }}").render(name="ann")


def loader():
    import jinja2

    folder = tempfile.mkdtemp()
    for name, text in (
        ("base.html", "<b>{% block x %}{% endblock %}</b>"),
        ("page.html", "{% extends 'base.html' %}{% block x %}{{ y }}{% endblock %}"),
        ("list.html", "{% for i in [1, 2] %}{% include 'item.html' %}{% endfor %}"),
        ("item.html", "<i>{{ i }}</i>"),
        ("broken.html", "{% if %}"),
    ):
        with open(os.path.join(folder, name), "w") as out:
            out.write(text)
    return jinja2.Environment(loader=jinja2.FileSystemLoader(folder))


@scenario()
def file_template():
    return loader().get_template("item.html").render(i=1)


@scenario()
def cached_template():
    environment = loader()
    environment.get_template("item.html").render(i=1)
    return environment.get_template("item.html").render(i=2)


@scenario()
def inheritance():
    return loader().get_template("page.html").render(y=1)


@scenario()
def include():
    return loader().get_template("list.html").render()


@scenario()
def generate():
    return list(loader().get_template("item.html").generate(i=1))


@scenario()
def stream():
    return list(loader().get_template("item.html").stream(i=1))


@scenario()
def unfinished_generate():
    parts = loader().get_template("list.html").generate()
    next(parts)
    parts.close()


@scenario()
def select_template():
    return loader().select_template(["none.html", "item.html"]).render(i=1)


@scenario()
def missing():
    import jinja2

    try:
        loader().get_template("none.html")
    except jinja2.TemplateNotFound as error:
        return type(error).__name__


@scenario()
def syntax_error():
    import jinja2

    try:
        loader().get_template("broken.html")
    except jinja2.TemplateSyntaxError as error:
        return error.message


@scenario()
def render_error():
    import jinja2

    try:
        jinja2.Template("{{ 1 / 0 }}").render()
    except ZeroDivisionError as error:
        return str(error)


@scenario()
def render_async():
    import asyncio

    import jinja2

    return asyncio.run(jinja2.Environment(enable_async=True).from_string("{{ x }}").render_async(x=1))


@scenario()
def compile_expression():
    import jinja2

    return jinja2.Environment().compile_expression("1 + x")(x=2)


@scenario()
def named_compile():
    import jinja2

    code = jinja2.Environment().compile("{{ x }}", name="shop.html", filename="shop.html")
    return type(code).__name__


@scenario()
def under_a_span():
    from ddtrace import tracer

    with tracer.trace("parent", service="shop"):
        return loader().get_template("page.html").render(y=1)


@scenario(DD_SERVICE="shop")
def service():
    return loader().get_template("item.html").render(i=1)


@scenario(DD_SERVICE="shop", DD_JINJA2_SERVICE="templates")
def jinja2_service():
    return loader().get_template("item.html").render(i=1)
