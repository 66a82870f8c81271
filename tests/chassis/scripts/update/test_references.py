from scripts.update.modules import Modules
from scripts.update.references import follow, is_followed
from scripts.update.statements import Context

MOVES = {"src/app/cli/main.py": "src/chassis/cli/main.py", "docs/a.md": "docs/chassis/a.md"}
CONTEXT = Context(Modules.read(MOVES, ["src/app/cli/mine.py"]), "", "", 88)


def followed(path: str, text: str) -> str:
    return follow(path, text.encode(), CONTEXT)[0].decode()


def test_settings_have_whole_names_and_paths_replaced() -> None:
    text = (
        'serve = "app.cli.main:run"  # app.cli.main.\ncmd = "python -m app.cli.main --x"\n'
        'own = "app.cli.mine:run"\npaths = ["src/app/cli/main.py", "src/app/cli/main.py.bak"]\n'
        "elsewhere = my.app.cli.main app.cli.main-x app.cli.mainly src/app/cli/main.py/x\n"
    )

    assert followed("own_tasks.toml", text) == (
        text.replace(
            '"app.cli.main:run"  # app.cli.main.', '"chassis.cli.main:run"  # chassis.cli.main.'
        )
        .replace("-m app", "-m chassis")
        .replace('"src/app/cli/main.py"', '"src/chassis/cli/main.py"')
    )
    assert follow("a.ini", b"x = app.cli.main\n", CONTEXT)[1] == [
        "app.cli.main -> chassis.cli.main"
    ]
    assert follow("a.ini", b"app.cli.main \xff", CONTEXT) == (b"app.cli.main \xff", [])


def test_a_page_has_only_its_python_changed() -> None:
    text = (
        "See app.cli.main and docs/a.md.\n\n```python\nfrom app.cli.main import x\n```\n\n"
        "- A list:\n\n  ~~~py\n  from app.cli import main\n\n  main.x()\n  ~~~\n\n"
        "```sh\nfrom app.cli.main import x\n```\n\n"
        "```python\nfrom app.cli.main import x, ...\n```\n"
    )

    assert followed("docs/own.md", text) == text.replace(
        "```python\nfrom app.cli.main import x\n", "```python\nfrom chassis.cli.main import x\n"
    ).replace("from app.cli import main", "from chassis.cli import main")


def test_other_files_are_not_looked_into() -> None:
    assert [
        is_followed(path) for path in ("a.py", "a.pyi", "dropped/a.py.yours", ".importlinter")
    ] == ([True] * 4)
    assert [is_followed(path) for path in ("a.txt", "Dockerfile", "a.py.jinja", "a.sql")] == [
        False
    ] * 4
