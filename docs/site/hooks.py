"""Makes the site of the pages as they lie in the repository, where their links lead to files beside them."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

import manual
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
FRONT = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
"""Pages of the repository that lie outside of its documentation, and theirs on the site."""

LISTED = {"decisions": "Why things are as they are", "extend": "Adding something"}
"""Folders of the documentation whose pages are listed on one, and its title."""

SHOWN_FILES_MAX = 12
"""A folder of more files is shown as a list of their names."""

_LINK = re.compile(r"(\]\()(?!https?:|mailto:|#)([^)\s#]+)((?:#[^)\s]*)?\))")
_FENCED = re.compile(r"(^ *```[\s\S]*?^ *```$|`[^`\n]*`)", re.M)
_TITLE = re.compile(r"^(```\w+) title=", re.M)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages that are made of docstrings into the navigation."""
    for name in ("faults", "invariants"):
        made = [page for page in manual.pages() if page.startswith(f"reference/{name}/")]
        _fill(
            config.nav,
            f"reference/{name}/",
            sorted(made, key=lambda page: (not page.endswith("index.md"), page)),
        )
    for folder in LISTED:
        pages = sorted(
            path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs" / folder).glob("*.md")
        )
        _fill(config.nav, f"{folder}/", [f"{folder}/index.md", *pages])
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made: of docstrings, and of files that lie outside of the documentation."""
    made = {**manual.pages(), **{f"{folder}/index.md": _listing(folder) for folder in LISTED}}
    made |= {page: (ROOT / name).read_text(encoding="utf-8") for name, page in FRONT.items()}
    written = {f"docs/{file.src_uri}": file.content_string for file in files.documentation_pages()}
    texts = written | {_home(page): text for page, text in made.items()}
    targets = {
        _target(home, link) for home, text in texts.items() for _, link, _ in _LINK.findall(_prose(text))
    }
    for target in sorted(targets):
        if (ROOT / target).exists() and not target.startswith("docs") and target not in FRONT:
            made[_source_page(target)] = _shown(ROOT / target)
    for page, text in made.items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links between files into links between pages, and names of faults and invariants into links."""
    home = _home(page.file.src_uri)
    parts = _FENCED.split(_linked_names(markdown, page.file.src_uri))
    return "".join(
        part if at % 2 else _LINK.sub(lambda m: _moved(m, home), part) for at, part in enumerate(parts)
    )


def _fill(nav: Any, place: str, pages: list[str]) -> None:
    for entry in nav:
        for title, value in entry.items() if isinstance(entry, dict) else ():
            if value == place:
                entry[title] = pages
            elif isinstance(value, list):
                _fill(value, place, pages)


def _home(page: str) -> str:
    """The path in the repository of a page of the site."""
    return {there: here for here, there in FRONT.items()}.get(page, f"docs/{page}")


def _target(home: str, link: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(home), link))


def _moved(link: re.Match[str], home: str) -> str:
    target = _target(home, link[2])
    if target.removeprefix("docs/") in LISTED:
        target += "/index.md"
    if target.startswith("docs/"):
        page = target.removeprefix("docs/")
    else:
        page = FRONT.get(target) or _source_page(target)
    here = posixpath.dirname(FRONT.get(home, home.removeprefix("docs/")))
    return f"{link[1]}{posixpath.relpath(page, here or '.')}{link[3]}"


def _source_page(target: str) -> str:
    return f"source/{target}.md"


def _prose(text: str) -> str:
    return _FENCED.sub("", text)


def _linked_names(markdown: str, page: str) -> str:
    """In the tables of the home page and the guide, link each fault and invariant to its page."""
    if page != "index.md" and not page.startswith("guide/"):
        return markdown
    pages = {name: f"faults/{name}.md" for name in manual.faults_by_name()}
    pages |= {name: f"invariants/{name}.md" for name in manual.claims_by_name()}
    names = re.compile(rf"(?<!\[)`({'|'.join(sorted(pages, key=len, reverse=True))})(\([^`]*\))?`")
    up = "docs/" if page == "index.md" else "../"

    def link(found: re.Match[str]) -> str:
        return f"[{found[0]}]({up}reference/{pages[found[1]]})"

    lines = markdown.split("\n")
    return "\n".join(names.sub(link, line) if line.startswith("|") else line for line in lines)


def _listing(folder: str) -> str:
    rows = []
    for path in sorted((ROOT / "docs" / folder).glob("*.md")):
        title = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        rows.append(f"- [{title}]({path.name})")
    return f"# {LISTED[folder]}\n\n" + "\n".join(rows)


def _shown(path: Path) -> str:
    """A file, or the files of a folder."""
    name = path.relative_to(ROOT).as_posix()
    head = f"---\nsearch:\n  exclude: true\n---\n\n# {name}\n\n"
    if path.is_file():
        return head + _code(path)
    files = sorted(file for file in path.rglob("*") if file.is_file() and not _is_litter(file))
    if len(files) > SHOWN_FILES_MAX:
        return head + "\n".join(f"- `{file.relative_to(path).as_posix()}`" for file in files)
    return head + "\n\n".join(f"## {file.relative_to(path).as_posix()}\n\n{_code(file)}" for file in files)


def _code(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").rstrip("\n")
    except UnicodeDecodeError:
        return "(not a text)"
    language = {".py": "python", ".yaml": "yaml", ".json": "json", ".js": "javascript", ".mjs": "javascript"}
    return f"````{language.get(path.suffix, 'text')}\n{text}\n````"


def _is_litter(path: Path) -> bool:
    return any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(ROOT).parts)
