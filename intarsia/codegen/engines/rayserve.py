"""A configuration for Ray Serve, which starts and scales vLLM engines itself: `serve run serve.yaml`, of Ray 2.5x (ray[serve,llm]).

Fields: https://docs.ray.io/en/latest/serve/llm (LLMConfig, build_openai_app, build_pd_openai_app). `engine_kwargs` are vLLM's own arguments. Ray places replicas on its cluster's
machines, and shares requests out by the power of two choices.
"""

from __future__ import annotations

from typing import Any

import yaml

from intarsia.codegen.engines import vllm
from intarsia.codegen.engines.facts import Abilities, Launch, Pool, refusal

ENGINE = Abilities("Ray Serve", vllm.ENGINE.vendors, vllm.ENGINE.online, vllm.ENGINE.kv, vllm.ENGINE.policies)
ACCELERATORS = {
    "H100-SXM": "H100", "H100-PCIe": "H100", "H200": "H200", "B200": "B200", "A100-40GB-SXM": "A100-40G", "A100-40GB-PCIe": "A100-40G", "A100-80GB-SXM": "A100-80G",
    "A100-80GB-PCIe": "A100-80G", "L4": "L4", "L40S": "L40S", "A10G": "A10G", "T4": "T4", "V100-32GB-SXM": "V100", "MI300X": "AMD-Instinct-MI300X-OAM",
    "MI325X": "AMD-Instinct-MI325X-OAM", "MI355X": "AMD-Instinct-MI355X-OAM",
}  # fmt: skip
"""Devices as Ray calls them."""
UNKNOWN = "the model's folder, or its name at Hugging Face"


def files(launch: Launch) -> dict[str, str]:
    """serve.yaml. Raises UnsupportedError."""
    vllm.checked(launch, ENGINE)
    _check(launch)
    by_role = {pool.role: _model(launch, pool) for pool in launch.pools}
    arguments = {"llm_configs": [by_role["serve"]]} if not launch.disaggregated else {f"{role}_config": config for role, config in by_role.items()}
    builder = "build_pd_openai_app" if launch.disaggregated else "build_openai_app"
    application = {"name": "intarsia", "route_prefix": "/", "import_path": f"ray.serve.llm:{builder}", "args": arguments}
    lines = [f"# {launch.model.name} on Ray Serve: serve run serve.yaml. Ray 2.5x with ray[serve,llm].", *_notes(launch)]
    return {"serve.yaml": "\n".join(lines) + "\n" + yaml.safe_dump({"applications": [application]}, sort_keys=False)}


def _check(launch: Launch) -> None:
    roles = [pool.role for pool in launch.pools]
    if len(set(roles)) < len(roles):
        raise refusal(ENGINE, "one model by several makes of replicas in a role", "vllm and sglang do, or take another plan with --rank")
    for pool in launch.pools:
        if pool.dp > 1:
            raise refusal(ENGINE, f"{pool.dp} attention groups as one application of this kind", "take vllm's own launch files")
        if pool.draft and not pool.draft.source:
            raise refusal(ENGINE, "a draft model whose folder it isn't told", "plan with --draft FOLDER of a whole checkpoint")


def _model(launch: Launch, pool: Pool) -> dict[str, Any]:
    engine = {name: value for name, value in vllm.arguments(launch, pool).items() if value is not None and value is not False}
    if pool.draft:
        engine["speculative_config"] |= {"model": pool.draft.source}
    found: dict[str, Any] = {"model_loading_config": {"model_id": launch.model.name, "model_source": launch.model.source or UNKNOWN}}
    if pool.kind.name in ACCELERATORS:
        found["accelerator_type"] = ACCELERATORS[pool.kind.name]
    return found | {"deployment_config": {"num_replicas": pool.count}, "engine_kwargs": engine}


def _notes(launch: Launch) -> list[str]:
    lines = [] if launch.model.source else ["# Write the model's place into model_source."]
    if launch.router != "round_robin" and sum(pool.count for pool in launch.pools) > 1:
        lines.append(f"# The plan was simulated with the router {launch.router}; Ray's power of two choices is the nearest here.")
    return lines
