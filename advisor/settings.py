"""Plain values: command line over environment (ADVISOR_…) over ./advisor.toml over defaults."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from advisor.errors import SettingsError
from index.document import Label
from index.embedding import PACKAGED


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="ADVISOR_", toml_file="advisor.toml", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    home: Path = Field(Path(".advisor"), description="Workspace: library generations and the exported encoder.")
    embedding_model: str = Field(
        PACKAGED, description="Packaged model, or the folder of any sentence-transformers model."
    )
    nli_model: str | None = Field(
        None,
        description="A cross-encoder that the verifier asks too: folder, or name in the local Hugging Face cache.",
    )
    clearance: Label = Field(
        Label.RESTRICTED,
        description="What callers may see unless they ask for less. Documents above it are never scored.",
    )
    passages: int = Field(10, ge=1, le=100, description="Passages brought to the writer.")
    host: str = Field("127.0.0.1", description="Address to serve on; any but loopback needs a key.")
    port: int = Field(8000, ge=1, le=65535, description="Port to serve on.")
    api_key: SecretStr | None = Field(
        None, description="One key for all, besides those of `advisor keys`: `Authorization: Bearer …` or `X-API-Key`."
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description="Names that callers may use for this server, besides `host` and those of loopback."
    )
    max_upload_mb: int = Field(50, ge=1, le=1000, description="Largest upload, in MB of 1024² bytes.")
    max_requests: int = Field(64, ge=1, le=1000, description="Requests of the API that are worked on at once.")
    rate_per_minute: int = Field(600, ge=0, description="Requests of the API a minute for each key; 0: no limit.")
    audit_questions: bool = Field(False, description="Write the words of questions into the audit log too.")
    llm: str = Field(
        "none",
        description="`none`, `auto`, or models in order of preference, by commas: `openai:MODEL`, `ollama:MODEL`, "
        "`anthropic:MODEL`, `local` or `local:FILE.gguf`.",
    )
    llm_base_url: str | None = Field(None, description="Of the OpenAI-compatible endpoint; also `OPENAI_BASE_URL`.")
    llm_api_key: SecretStr | None = Field(None, description="Also `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`.")
    llm_ceiling: Label = Field(Label.PUBLIC, description="Most sensitive label that a hosted model is sent.")
    llm_loopback_is_local: bool = Field(
        True, description="False when a loopback port forwards to another machine: it then counts as hosted."
    )
    llm_timeout_s: float = Field(8.0, gt=0, description="A model that is not done by then is cut off.")
    llm_rewrites: bool = Field(False, description="A model may word follow-ups; used only where it adds nothing.")
    llm_rewrite_timeout_s: float = Field(2.0, gt=0, description="Time for that; then the wording made without it.")
    llm_stream: bool = Field(True, description="False for endpoints that cannot stream.")
    llm_structured: bool = Field(
        True, description="Ask OpenAI-compatible endpoints for JSON by a schema; where it is refused, for text."
    )
    llm_evidence_tokens: int = Field(600, ge=50, description="Budget of evidence in the prompt, estimated tokens.")
    llm_output_tokens: int = Field(160, ge=10, description="Most tokens a model may write.")
    llm_watts: float | None = Field(None, gt=0, description="Power the model draws at work, to estimate energy.")
    llm_price_in: float | None = Field(None, ge=0, description="Price of a million tokens read.")
    llm_price_out: float | None = Field(None, ge=0, description="Price of a million tokens written.")

    trace_endpoint: str | None = Field(
        None, description="OTLP over HTTP, as `http://127.0.0.1:4318/v1/traces`: spans of each answer go there."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


def load(**given: Any) -> Settings:
    """Settings with those of `given` that are not None on top. Raises SettingsError naming the field."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"Settings are not valid: {problems}. See the settings table in the README.") from error
    except ValueError as error:
        raise SettingsError(f"advisor.toml cannot be read: {error}. Mend the file, or move it away.") from error


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def corpus_path() -> Path:
    """The shipped corpus: inside an installed wheel, or beside the packages in a checkout."""
    here = Path(__file__).resolve().parent
    for candidate in (here / "_corpus", here.parent / "corpus"):
        if (candidate / "guidance").is_dir():
            return candidate
    raise SettingsError("The shipped corpus is missing: reinstall infra-advisor.")
