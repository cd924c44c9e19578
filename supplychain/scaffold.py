"""A new addon to start from: small, complete, and held to the conformance test like any other."""

from __future__ import annotations

import re
from pathlib import Path

NAME = re.compile(r"[a-z][a-z_]{1,30}")

FILES = {
    "__init__.py": '"""{Title}: say in one sentence what this addon owns, and what it does not."""\n',
    "permissions.py": '''"""What may be done with {name}."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Permission

READ = Permission("{name}.read", N_("See {name}"))

ALL = (READ,)
''',
    "pages.py": '''"""The pages of {name}."""

from __future__ import annotations

from flask import Blueprint, render_template

from {name}.permissions import READ
from supplychain.kernel.web import endpoint

bp = Blueprint("{name}_pages", __name__, template_folder="templates")


@bp.get("/{name}")
@endpoint.permit(READ)
def index() -> str:
    """Show what this addon is about."""
    return render_template("{name}/index.html")
''',
    "addon.py": '''"""The manifest of {name}."""

from __future__ import annotations

from {name} import permissions as may
from {name}.pages import bp
from supplychain.kernel.addon import Addon, NavGroup, NavItem
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Grant

ADDON = Addon(
    name="{name}",
    title=N_("{Title}"),
    summary=N_("Say in one sentence what this addon is for."),
    package="{name}",
    depends=("base",),
    permissions=may.ALL,
    grants=(Grant("operator", may.ALL),),
    pages=(bp,),
    nav=(NavItem(NavGroup.RECORDS, N_("{Title}"), "{name}_pages.index", "box", may.READ, 80),),
)
''',
    "templates/{name}/index.html": """{{% extends "kernel/layout.html" %}}
{{% block title %}}{{{{ _("{Title}") }}}}{{% endblock %}}
{{% block main %}}<h1>{{{{ _("{Title}") }}}}</h1>{{% endblock %}}
""",
    "translations/zh_Hans_CN/LC_MESSAGES/messages.po": """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "See {name}"
msgstr "查看{name}"

msgid "{Title}"
msgstr "{Title}"

msgid "Say in one sentence what this addon is for."
msgstr "用一句话说明这个模块做什么。"
""",
}


class ScaffoldError(Exception):
    """The addon cannot be written; the text says why."""


def write(name: str, into: Path) -> list[Path]:
    """Write the files of a new addon into a folder and return them; ScaffoldError when that cannot be."""
    if NAME.fullmatch(name) is None:
        raise ScaffoldError("a name is small letters and underscores, as milk_route")
    home = into / name
    if home.exists():
        raise ScaffoldError(f"{home} is there already")
    words = {"name": name, "Title": name.replace("_", " ").capitalize()}
    written = []
    for path, content in FILES.items():
        target = home / path.format(**words)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content.format(**words), encoding="utf-8")
        written.append(target)
    return written
