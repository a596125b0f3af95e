"use strict";
// Ranks the plans of a search by other goals, as outcome.key in planner/search/outcome.py does.
(() => {
  const facts = JSON.parse(document.getElementById("figures").textContent);
  const form = document.getElementById("goals"), verdict = document.getElementById("verdict");
  const rows = new Map([...document.querySelectorAll("#ranked tbody tr")].map((row) => [Number(row.cells[0].textContent), row]));
  const headings = [...document.querySelectorAll("#ranked th")].map((heading) => heading.textContent);
  const goodCell = headings.indexOf("Good");
  const names = ["ttft_s", "tpot_s", "e2e_s"];
  const asked = verdict.textContent;

  const read = () => {
    const goals = { percentile: Number(form.elements.percentile.value) || 95 };
    for (const name of names) {
      const input = form.elements[name];
      goals[name] = input.value === "" ? Infinity : Number(input.value) / Number(input.dataset.scale);
    }
    goals.any = names.some((name) => Number.isFinite(goals[name]));
    return goals;
  };
  const at = (values, percentile) => {
    const place = facts.percentiles.findIndex((kept) => kept >= percentile);
    return values[place < 0 ? values.length - 1 : place];
  };
  const rounded = (value) => value && Number.isFinite(value) ? Math.sign(value) * Math.exp(Math.round(Math.log(Math.abs(value)) / facts.same) * facts.same) : value;
  const objectives = {
    throughput: (plan) => plan.throughput, goodput: (plan) => plan.good * plan.requests_per_s, cost: (plan) => plan.cost, energy: (plan) => plan.energy,
    ttft: (plan, goals) => -at(plan.ttft_s, goals.percentile), tpot: (plan, goals) => -at(plan.tpot_s, goals.percentile), latency: (plan, goals) => -at(plan.e2e_s, goals.percentile),
  };
  const judged = (plan, goals) => {
    const kept = plan.samples.filter((sample) => names.every((name, index) => sample[index] <= goals[name])).length;
    const good = plan.samples.length ? kept / plan.samples.length : 0;
    return { ...plan, good, meets: good >= goals.percentile / 100 - 1e-9 };
  };
  const key = (plan, goals) => {
    const met = goals.any ? plan.meets : plan.sustained;
    const chosen = facts.objective || (goals.any ? (met ? "cost" : "goodput") : (plan.sustained ? "latency" : "throughput"));
    const miss = Math.max(...names.map((name) => at(plan[name], goals.percentile) / goals[name]));
    const near = chosen === "goodput" && goals.any && !met ? rounded(miss) : 0;
    return [-Number(met), -rounded(objectives[chosen](plan, goals)), near, plan.usd_per_h, plan.e2e_mean, plan.rank];
  };
  const before = (a, b) => { for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i]; return 0; };

  const show = () => {
    const goals = read();
    const plans = facts.plans.map((plan) => judged(plan, goals)).map((plan) => [key(plan, goals), plan]).sort(([a], [b]) => before(a, b)).map(([, plan]) => plan);
    const body = document.querySelector("#ranked tbody");
    for (const [place, plan] of plans.entries()) {
      const row = rows.get(plan.rank), cell = row.cells[goodCell];
      cell.textContent = `${(100 * plan.good).toFixed(1)} %`;
      cell.dataset.sort = plan.good;
      row.className = place ? "" : "chosen";
      body.append(row);
      for (const point of document.querySelectorAll(`.plan-${plan.rank}`)) point.classList.toggle("missed", goals.any && !plan.meets);
    }
    const meeting = plans.filter((plan) => plan.meets).length, first = plans[0];
    const spent = first.usd_per_h ? `, $${first.usd_per_h.toFixed(2)} an hour` : "";
    const kept = goals.any ? (meeting ? `${meeting} of ${plans.length} plans keep these goals. ` : "No plan that was simulated keeps these goals. ") : "Without goals: ";
    verdict.textContent = `${kept}${meeting || !goals.any ? "First" : "Nearest"} is rank ${first.rank}, ${first.plan}${spent}.`;
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { show(); verdict.textContent = asked; }));
})();
