"""Read integration and model folders into the typed model, refusing with file, line and column."""

from collections.abc import Iterable
from pathlib import Path as FilePath
from typing import Any, TypeVar

from waypost.engine.manifest.explain import validate
from waypost.engine.manifest.functions import with_functions
from waypost.engine.manifest.integration import Integration
from waypost.engine.manifest.loaded import Catalog, LoadedIntegration, LoadedModel
from waypost.engine.manifest.places import Places, YamlText
from waypost.engine.manifest.problem import Place, Problem, nearest, refusal
from waypost.engine.manifest.unified import MappingFile, UnifiedModel
from waypost.engine.manifest.yaml_text import parse_yaml

MAIN_FILE = "integration.yaml"
MODEL_FILE = "model.yaml"
_ELSEWHERE = {
    "resources": "resources/*.yaml",
    "probes": "link.yaml",
    "webhooks": "webhooks.yaml",
}
_KNOWN_FILES = (
    MAIN_FILE,
    "link.yaml",
    "webhooks.yaml",
    "resources/*.yaml",
    "mappings/*.yaml",
    "NOTES.md",
    "*.svg",
)
_KNOWN_MODEL_FILES = (MODEL_FILE, "NOTES.md")
_Loaded = TypeVar("_Loaded")


def load_integration(folder: FilePath) -> LoadedIntegration:
    """Read one integration's folder; raises one `ManifestError` that lists every problem."""
    problems: list[Problem] = []
    return _or_refuse(read_integration(folder, problems), problems)


def load_model(folder: FilePath) -> UnifiedModel:
    """Read one unified model's folder; raises one `ManifestError` that lists every problem."""
    problems: list[Problem] = []
    return _or_refuse(read_model(folder, problems), problems).model


def load_catalog(*roots: FilePath, placed: bool = True) -> Catalog:
    """Read every folder of `<root>/integrations` and `<root>/models`.

    Without `placed` no place is kept: a server has no use for them, and they are larger than all
    the rest. Raises one `ManifestError` with every problem of every folder, placed in any case;
    the same name in two folders is a problem.
    """
    problems: list[Problem] = []
    integrations: dict[str, LoadedIntegration] = {}
    models: dict[str, LoadedModel] = {}
    for folder in _folders(roots, "integrations", problems):
        integration = read_integration(folder, problems, placed=placed)
        if integration is not None:
            integrations[folder.name] = integration
    for folder in _folders(roots, "models", problems):
        model = read_model(folder, problems, placed=placed)
        if model is not None:
            models[folder.name] = model
    if problems and not placed:
        return load_catalog(*roots)
    if problems:
        raise refusal(problems)
    return Catalog(
        dict(sorted(integrations.items())),
        {name: models[name].model for name in sorted(models)},
        {name: models[name].places for name in sorted(models)},
    )


def read_integration(
    folder: FilePath, problems: list[Problem], *, placed: bool = True
) -> LoadedIntegration | None:
    """Read like `load_integration`, adding to `problems`; None when it cannot be used."""
    before = len(problems)
    reader = _FolderReader(folder, _KNOWN_FILES, problems, placed=placed)
    places = Places(reader.name(MAIN_FILE))
    main = reader.read_mapping(MAIN_FILE)
    if main is None:
        if MAIN_FILE not in reader.files:
            problems.append(Problem(places.value(()), "this file is missing"))
        return None
    data = dict(main.data)
    places.graft((), main)
    for key in _ELSEWHERE.keys() & data.keys():
        problems.append(Problem(places.key((key,)), f"'{key}' belongs in {_ELSEWHERE[key]}"))
        del data[key]
    _add_resources(reader, data, places)
    _add_probes(reader, data, places)
    _add_webhooks(reader, data, places)
    integration = validate(Integration, data, places, problems)
    if integration is not None and integration.name != folder.name:
        problems.append(_misnamed(places.value(("name",)), integration.name, folder.name))
    mappings, mapping_places = _read_mappings(reader)
    if integration is None or len(problems) > before:
        return None
    notes = folder / "NOTES.md"
    return LoadedIntegration(
        integration,
        mappings,
        reader.files,
        notes.read_text("utf-8") if notes.is_file() else "",
        folder,
        places,
        mapping_places,
    )


def read_model(
    folder: FilePath, problems: list[Problem], *, placed: bool = True
) -> LoadedModel | None:
    """Read like `load_model`, adding to `problems`; None when it cannot be used."""
    before = len(problems)
    reader = _FolderReader(folder, _KNOWN_MODEL_FILES, problems, placed=placed)
    places = Places(reader.name(MODEL_FILE))
    text = reader.read_mapping(MODEL_FILE)
    if text is None:
        if MODEL_FILE not in reader.files:
            problems.append(Problem(places.value(()), "this file is missing"))
        return None
    places.graft((), text)
    model = validate(UnifiedModel, text.data, places, problems)
    if model is not None and model.name != folder.name:
        problems.append(_misnamed(places.value(("name",)), model.name, folder.name))
    if model is None or len(problems) > before:
        return None
    return LoadedModel(model, places, folder)


class _FolderReader:
    """The files of one folder, each parsed at most once, unknown ones refused."""

    def __init__(
        self, folder: FilePath, known: tuple[str, ...], problems: list[Problem], *, placed: bool
    ) -> None:
        self._folder = folder
        self._placed = placed
        self.problems = problems
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        relative = [path.relative_to(folder) for path in paths]
        # Editors and mounts leave dot files about; they are nobody's manifest.
        visible = [path for path in relative if not any(part[0] == "." for part in path.parts)]
        self.files = tuple(path.as_posix() for path in visible)
        for path in visible:
            if not any(_matches(path, pattern) for pattern in known):
                problems.append(Problem(Place(self.name(path.as_posix())), _unknown(path, known)))

    def name(self, file: str) -> str:
        """Return how a file of this folder is called in messages."""
        return f"{self._folder.name}/{file}"

    def read(self, file: str) -> YamlText | None:
        """Return a file's data and places, or None when it is absent or unreadable."""
        if file not in self.files:
            return None
        content = (self._folder / file).read_bytes()
        return parse_yaml(content, self.name(file), self.problems, placed=self._placed)

    def read_mapping(self, file: str) -> YamlText | None:
        """Return a file whose top is a mapping."""
        return self._of_kind(file, dict, "keys and values")

    def read_list(self, file: str) -> YamlText | None:
        """Return a file whose top is a list."""
        return self._of_kind(file, list, "a list")

    def _of_kind(self, file: str, kind: type, called: str) -> YamlText | None:
        text = self.read(file)
        if text is not None and not isinstance(text.data, kind):
            self.problems.append(Problem(text.places[()], f"this file must hold {called}"))
            return None
        return text


def _matches(path: FilePath, pattern: str) -> bool:
    parts = pattern.split("/")
    return len(parts) == len(path.parts) and path.match(pattern)


def _unknown(path: FilePath, known: tuple[str, ...]) -> str:
    if path.name == "hooks.py":
        return "hooks are not supported by this version; say it with expressions"
    tail = nearest(path.as_posix(), known, called="a folder may hold")
    return f"unknown file{tail}"


def _add_resources(reader: _FolderReader, data: dict[str, Any], places: Places) -> None:
    resources: dict[str, Any] = {}
    for file in reader.files:
        if not file.startswith("resources/"):
            continue
        text = reader.read_mapping(file)
        if text is None:
            continue
        for name, resource in text.data.items():
            if name in resources:
                first = places.key(("resources", name))
                problem = f"the resource '{name}' is already in {first.file}, line {first.line}"
                reader.problems.append(Problem(text.key_places[(name,)], problem))
            else:
                resources[name] = resource
        places.graft(("resources",), text)
    data["resources"] = resources


def _add_probes(reader: _FolderReader, data: dict[str, Any], places: Places) -> None:
    text = reader.read_mapping("link.yaml")
    if text is None:
        return
    for key in text.data:
        if key != "probes":
            problem = f"unknown key '{key}'{nearest(key, ('probes',))}"
            reader.problems.append(Problem(text.key_places[(key,)], problem))
    if "probes" in text.data:
        data["probes"] = text.data["probes"]
        places.graft((), _only(text, "probes"))


def _add_webhooks(reader: _FolderReader, data: dict[str, Any], places: Places) -> None:
    text = reader.read_list("webhooks.yaml")
    if text is not None:
        data["webhooks"] = text.data
        places.graft(("webhooks",), text)


def _only(text: YamlText, key: str) -> YamlText:
    return YamlText(
        {key: text.data[key]},
        {path: place for path, place in text.places.items() if path[:1] == (key,)},
        {path: place for path, place in text.key_places.items() if path[:1] == (key,)},
    )


def _read_mappings(reader: _FolderReader) -> tuple[dict[str, MappingFile], dict[str, Places]]:
    mappings: dict[str, MappingFile] = {}
    mapping_places: dict[str, Places] = {}
    for file in reader.files:
        if not file.startswith("mappings/"):
            continue
        text = reader.read_mapping(file)
        if text is None:
            continue
        places = Places(reader.name(file))
        places.graft((), text)
        mapping = validate(MappingFile, text.data, places, reader.problems)
        if mapping is None:
            continue
        stem = FilePath(file).stem
        if mapping.model != stem:
            place = places.value(("model",))
            problem = f"the model '{mapping.model}' does not match the file's name '{stem}.yaml'"
            reader.problems.append(Problem(place, problem))
        mappings[mapping.model] = with_functions(mapping)
        mapping_places[mapping.model] = places
    return mappings, mapping_places


def _folders(roots: Iterable[FilePath], kind: str, problems: list[Problem]) -> Iterable[FilePath]:
    seen: dict[str, FilePath] = {}
    for root in roots:
        parent = root / kind
        for folder in sorted(parent.iterdir()) if parent.is_dir() else ():
            if not folder.is_dir() or folder.name.startswith((".", "_")):
                continue
            if folder.name in seen:
                text = f"'{folder.name}' is already read from {seen[folder.name]}"
                problems.append(Problem(Place(str(folder)), text))
                continue
            seen[folder.name] = folder
            yield folder


def _misnamed(place: Place, name: str, folder: str) -> Problem:
    return Problem(place, f"the name '{name}' does not match its folder's name '{folder}'")


def _or_refuse(found: _Loaded | None, problems: list[Problem]) -> _Loaded:
    if problems or found is None:
        raise refusal(problems)
    return found
