"""What an inventory holds: typed entities, each field with its unit in its name and in its metadata.

These models are the documented form of our own CSV, XLSX, JSON and YAML feeds, the columns of the
tables, and the target that every foreign format is translated to. Every field may be missing:
missing is reported, never guessed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, Field

from advisor.errors import SchemaError


def _f(description: str, unit: str = "", **constraints: Any) -> Any:
    """An optional field with a unit."""
    return Field(None, description=description, json_schema_extra={"unit": unit}, **constraints)


class Entity(BaseModel):
    """Base of all entities. `KEY` names the fields that identify one; events have none."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    KEY: ClassVar[tuple[str, ...]] = ()
    EVENT: ClassVar[bool] = False  # rows stand each for itself: nothing is merged
    ABOUT: ClassVar[str] = ""


class Site(Entity):
    KEY = ("site",)
    ABOUT = "A data centre, a room in one, or a cloud region that holds equipment or runs workloads."

    site: str | None = _f("Name of the site; other feeds refer to it.")
    aliases: str | None = _f("Other names that feeds use for it, separated by semicolons.")
    country: str | None = _f("Country, ISO 3166 code or name.")
    kind: str | None = _f("owned, colocation or public cloud.")
    grid_zone: str | None = _f("Zone of the electricity grid as the carbon feed names it, e.g. DE or NO-NO1.")
    pue: float | None = _f("Power usage effectiveness over the last year.", "ratio", ge=1.0, le=5.0)
    renewable_percent: float | None = _f("Share of renewable electricity bought for the site.", "%", ge=0, le=100)
    power_capacity_kw: float | None = _f("IT power that the site can deliver.", "kW", ge=0)
    power_used_kw: float | None = _f("IT power drawn at present.", "kW", ge=0)
    rack_count: int | None = _f("Racks installed.", "rack", ge=0)
    rack_power_limit_kw: float | None = _f("Power and cooling limit of one rack.", "kW", ge=0)
    cooling: str | None = _f("air, rear-door, direct liquid or immersion.")
    energy_price_per_kwh: float | None = _f("Price of electricity, in `currency`.", "currency/kWh", ge=0)
    currency: str | None = _f("ISO 4217 code of prices in this row.")


class Cluster(Entity):
    KEY = ("cluster",)
    ABOUT = "Nodes under one scheduler."

    cluster: str | None = _f("Name of the cluster.")
    site: str | None = _f("Site it stands at.")
    scheduler: str | None = _f("slurm, kubernetes, none …")
    purpose: str | None = _f("training, inference, mixed …")


class Node(Entity):
    KEY = ("site", "node")
    ABOUT = "A server or a cloud instance."

    node: str | None = _f("Host name; the part before the first dot identifies it.")
    site: str | None = _f("Site it stands at; looked up through the cluster when empty.")
    cluster: str | None = _f("Cluster it belongs to.")
    provider: str | None = _f("Who provides it: own, AWS, Azure, Google Cloud …")
    status: str | None = _f("up, down, drained or planned.")
    serial: str | None = _f("Serial number.")
    rack: str | None = _f("Rack.")
    product: str | None = _f("Model of the server or type of the instance.")
    cpu_cores: int | None = _f("CPU cores or virtual CPUs as the scheduler counts them.", "core", ge=0, le=100_000)
    memory_gb: float | None = _f("Main memory.", "GB", ge=0, le=1e6)
    gpu_model: str | None = _f("Model of its accelerators.")
    gpu_count: int | None = _f("Accelerators installed.", "GPU", ge=0, le=1024)
    gpu_allocated: int | None = _f("Accelerators given to jobs or pods.", "GPU", ge=0, le=1024)
    acquisition: str | None = _f("owned, reserved, on-demand or spot.")
    power_limit_kw: float | None = _f("Power limit of the node.", "kW", ge=0)


class Accelerator(Entity):
    KEY = ("uuid",)
    ABOUT = "One GPU or other accelerator. Identified by UUID, else serial number, else node and index."

    uuid: str | None = _f("UUID as the driver reports it.")
    serial: str | None = _f("Serial number of the board.")
    node: str | None = _f("Node it is in.")
    gpu_index: int | None = _f("Index in the node, from 0.", "", ge=0)
    site: str | None = _f("Site; looked up through the node when empty.")
    cluster: str | None = _f("Cluster; looked up through the node when empty.")
    vendor: str | None = _f("NVIDIA, AMD, Intel …")
    model: str | None = _f("Short model name: H100, A100, L40S, MI300X …")
    product: str | None = _f("Full product name as reported.")
    memory_gb: float | None = _f("Device memory.", "GB", ge=0, le=1e4)
    memory_used_gb: float | None = _f("Device memory in use.", "GB", ge=0, le=1e4)
    utilisation_percent: float | None = _f("Share of time with a kernel running.", "%", ge=0, le=100)
    power_w: float | None = _f("Power drawn.", "W", ge=0, le=2e4)
    power_limit_w: float | None = _f("Power limit in force.", "W", ge=0, le=2e4)
    temperature_c: float | None = _f("Temperature of the chip.", "°C", ge=-20, le=150)
    driver_version: str | None = _f("Driver version.")
    mig: bool | None = _f("Partitioned by Multi-Instance GPU.")
    acquisition: str | None = _f("owned, reserved, on-demand or spot; looked up through the node when empty.")


class Fabric(Entity):
    KEY = ("fabric",)
    ABOUT = "A network between nodes."

    fabric: str | None = _f("Name of the fabric.")
    site: str | None = _f("Site.")
    cluster: str | None = _f("Cluster it connects.")
    technology: str | None = _f("InfiniBand, Ethernet, RoCE …")
    link_gbits_per_s: float | None = _f("Speed of one link.", "Gb/s", ge=0)
    links_per_node: int | None = _f("Links from a node into the fabric.", "link", ge=0)
    gpus_per_node: int | None = _f("Accelerators of a node that share these links.", "GPU", ge=0)
    oversubscription: float | None = _f("Downlink over uplink capacity; 1 is non-blocking.", "ratio", ge=0)
    rdma: bool | None = _f("Remote direct memory access is in use.")
    measured_busbw_gbytes_per_s: float | None = _f("Bus bandwidth of the largest all-reduce measured.", "GB/s", ge=0)
    measured_collective: str | None = _f("Collective that was measured.")


class Storage(Entity):
    KEY = ("storage",)
    ABOUT = "A storage system."

    storage: str | None = _f("Name of the storage system.")
    site: str | None = _f("Site.")
    cluster: str | None = _f("Cluster it serves, when it serves one only.")
    technology: str | None = _f("NAS, parallel file system, object store, block …")
    product: str | None = _f("Product.")
    capacity_tb: float | None = _f("Usable capacity.", "TB", ge=0)
    used_tb: float | None = _f("Capacity in use.", "TB", ge=0)
    seq_read_gbytes_per_s: float | None = _f("Sustained sequential read, measured.", "GB/s", ge=0)
    seq_write_gbytes_per_s: float | None = _f("Sustained sequential write, measured.", "GB/s", ge=0)
    rand_read_iops: float | None = _f("Random reads, measured.", "IOPS", ge=0)
    rand_write_iops: float | None = _f("Random writes, measured.", "IOPS", ge=0)
    rated_read_gbytes_per_s: float | None = _f("Sequential read as the vendor rates it.", "GB/s", ge=0)
    rated_write_gbytes_per_s: float | None = _f("Sequential write as the vendor rates it.", "GB/s", ge=0)
    gpudirect: bool | None = _f("GPUDirect Storage or the like is in use.")


class Workload(Entity):
    KEY = ("workload",)
    ABOUT = "A use case: what is to run, where, and what it needs."

    workload: str | None = _f("Name of the use case.")
    site: str | None = _f("Site it runs at or is planned for.")
    team: str | None = _f("Team that owns it.")
    kind: str | None = _f("training, fine-tuning, inference or batch.")
    model_family: str | None = _f("Model family.")
    parameters_billion: float | None = _f("Parameters of the model.", "billion", ge=0)
    gpus_required: int | None = _f("Accelerators it asks for.", "GPU", ge=0)
    concurrency: int | None = _f("Users or requests at the same time.", "request", ge=0)
    latency_target_ms: float | None = _f("Latency target.", "ms", ge=0)
    burstiness: str | None = _f("steady, daily, bursty …")
    placement: str | None = _f("on-premises, private cloud or public cloud.")
    data_sensitivity: str | None = _f("public, internal or restricted.")
    priority: int | None = _f("1 is the most important.", "", ge=1, le=9)
    status: str | None = _f("running or planned.")


class Skill(Entity):
    KEY = ("team", "skill")
    ABOUT = "A skill that a team needs, and how many of its people have it."

    team: str | None = _f("Team.")
    skill: str | None = _f("Skill.")
    site: str | None = _f("Site the team works for, when it is one only.")
    people_required: int | None = _f("People needed with this skill.", "person", ge=0)
    people_held: int | None = _f("People who have it.", "person", ge=0)


class Control(Entity):
    KEY = ("site", "control")
    ABOUT = "A security or governance control and its state at a site."

    control: str | None = _f("Control.")
    site: str | None = _f("Site.")
    state: str | None = _f("implemented, partial or missing.")
    owner: str | None = _f("Who answers for it.")


class Signal(Entity):
    KEY = ("site", "signal")
    ABOUT = "An observability signal and whether it is collected at a site."

    signal: str | None = _f("Signal: DCGM, node metrics, storage latency, fabric counters, power …")
    site: str | None = _f("Site.")
    state: str | None = _f("collected, partial or missing.")
    retention_days: float | None = _f("How long it is kept.", "day", ge=0)


class Spend(Entity):
    EVENT = True
    ABOUT = "A line of a bill, in the terms of FOCUS."

    provider: str | None = _f("Provider.")
    service_category: str | None = _f("FOCUS service category.")
    service: str | None = _f("Service name.")
    region: str | None = _f("Region.")
    account: str | None = _f("Sub account, else billing account.")
    team: str | None = _f("Team, from the tag of that name.")
    workload: str | None = _f("Workload, from the tag of that name.")
    resource: str | None = _f("Resource name or id.")
    instance_type: str | None = _f("Instance type.")
    gpu_model: str | None = _f("Model of the accelerators of the instance.")
    charge_category: str | None = _f("Usage, Purchase, Tax, Credit or Adjustment.")
    charge_class: str | None = _f("Correction, or empty.")
    pricing_category: str | None = _f("Standard, Dynamic, Committed or Other.")
    commitment: str | None = _f("Commitment discount id.")
    commitment_status: str | None = _f("Used or Unused.")
    billed_cost: float | None = _f("As invoiced.", "currency")
    effective_cost: float | None = _f("Amortised: what the consumption of the period cost.", "currency")
    list_cost: float | None = _f("At list price.", "currency")
    currency: str | None = _f("ISO 4217 code.")
    quantity_hours: float | None = _f("Hours consumed.", "h")
    gpu_hours: float | None = _f("Hours consumed × accelerators of the instance.", "GPU-hour")
    period_start: datetime | None = _f("Start of the charge period, inclusive, UTC.")
    period_end: datetime | None = _f("End of the charge period, exclusive, UTC.")


class Reading(Entity):
    EVENT = True
    ABOUT = "Energy metered at a site, or the carbon intensity of its grid, over a period."

    site: str | None = _f("Site; looked up through its grid zone when empty.")
    grid_zone: str | None = _f("Zone of the electricity grid.")
    period_start: datetime | None = _f("Start, inclusive, UTC.")
    period_end: datetime | None = _f("End, exclusive, UTC.")
    it_energy_kwh: float | None = _f("Energy used by IT equipment.", "kWh", ge=0)
    facility_energy_kwh: float | None = _f("Energy used by the whole facility.", "kWh", ge=0)
    grid_carbon_gco2e_per_kwh: float | None = _f("Carbon intensity of the grid, life cycle.", "gCO2e/kWh", ge=0)
    grid_carbon_direct_gco2e_per_kwh: float | None = _f("Carbon intensity, direct only.", "gCO2e/kWh", ge=0)
    carbon_free_percent: float | None = _f("Carbon-free share of the grid.", "%", ge=0, le=100)
    grid_renewable_percent: float | None = _f("Renewable share of the grid.", "%", ge=0, le=100)
    estimated: bool | None = _f("The source says that it is an estimate.")


class Rate(Entity):
    KEY = ("currency", "target")
    ABOUT = "A rate of exchange. Without one, amounts in different currencies are kept apart."

    currency: str | None = _f("ISO 4217 code of the currency that is converted.", pattern="^[A-Z]{3}$")
    target: str | None = _f("ISO 4217 code of the currency it is converted into.", pattern="^[A-Z]{3}$")
    rate: float | None = _f("Units of `target` for one unit of `currency`.", gt=0)


ENTITIES: dict[str, type[Entity]] = {
    one.__name__.lower(): one
    for one in (
        Site,
        Cluster,
        Node,
        Accelerator,
        Fabric,
        Storage,
        Workload,
        Skill,
        Control,
        Signal,
        Spend,
        Reading,
        Rate,
    )
}

# Columns any row of our own feeds may carry besides its entity's.
ROW_COLUMNS = {"as_of": "Date the row was true, ISO 8601.", "label": "public, internal or restricted."}

_SQL = {str: "VARCHAR", float: "DOUBLE", int: "BIGINT", bool: "BOOLEAN", date: "DATE", datetime: "TIMESTAMP"}


def entity(name: str) -> type[Entity]:
    try:
        return ENTITIES[name]
    except KeyError:
        raise SchemaError(f"There is no entity {name!r}: use one of {', '.join(ENTITIES)}.") from None


def unit_of(name: str, field: str) -> str:
    """The unit that values of a field are stored in; "" for none."""
    extra = entity(name).model_fields[field].json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def python_type(name: str, field: str) -> type:
    """The plain type of a field, without None."""
    annotation = entity(name).model_fields[field].annotation
    return next(one for one in get_args(annotation) if one is not type(None))  # type: ignore[no-any-return]


def sql_type(name: str, field: str) -> str:
    if unit_of(name, field) == "currency":
        return "DECIMAL(28,10)"  # sums of money are exact
    return _SQL[python_type(name, field)]


def fields(name: str) -> list[str]:
    return list(entity(name).model_fields)
