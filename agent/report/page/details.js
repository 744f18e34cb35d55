// What is known of the current step, in words.

const details = (() => {
  const section = (title, ...children) => html("section", {}, html("h3", {}, title), ...children);

  function state(entry) {
    const step = entry.step;
    if (step === undefined) return null;
    const failed = failure(step);
    return html("span", { class: `tag ${failed === null ? "good" : "bad"}` }, failed ?? "done");
  }

  function call(step) {
    const rows = Object.entries(step.v ?? {}).flatMap(([name, value]) => [
      html("dt", {}, name),
      html("dd", { dir: "auto" }, shown(value)),
    ]);
    const landed = step.f ? `${shown(step.f)} to ${shown(step.l)}` : step.l && shown(step.l);
    if (landed) rows.push(html("dt", {}, "landed on"), html("dd", {}, `${landed} of the screen`));
    const list = rows.length ? html("dl", { class: "values call" }, ...rows) : null;
    return section("Call", html("p", {}, html("code", {}, step.m)), list);
  }

  function changes(step) {
    if (step.c === undefined) return null;
    const [near = [], elsewhere = []] = step.c;
    const at = (boxes) => boxes.map((box) => `[${box.join(", ")}]`).join(", ");
    const target = places(step).length > 0;
    const told = [];
    if (near.length) told.push(`${target ? "near the target" : "on the screen"}: ${at(near)}`);
    if (elsewhere.length) told.push(`elsewhere: ${at(elsewhere)}`);
    if (!told.length) told.push("nothing that could be seen");
    return section("What changed", ...told.map((text) => html("p", {}, text)));
  }

  function approval(step) {
    if (step.k === undefined) return null;
    const [approved, by, took] = step.k;
    const who = { person: "a person", rules: "the rules", program: "the program" }[by] ?? by;
    const text = `${approved ? "Approved" : "Declined"} by ${who}${took >= 0.05 ? ` after ${seconds(took)}` : ""}`;
    return section("Approval", html("p", { class: approved ? "" : "bad" }, text));
  }

  function timing(entry) {
    const { step, turn } = entry;
    const rows = [];
    if (step !== undefined) {
      rows.push(["At", `${seconds(step.at)} into the run`], ["Took", seconds(step.s)]);
      if (step.w !== undefined) rows.push(["Settling", `${seconds(step.w)} of it`]);
    }
    if (turn.s !== undefined) rows.push(["Answer took", seconds(turn.s)]);
    if (turn.u !== undefined) {
      const [uncached, read, written, output] = turn.u;
      const input = uncached + read + written;
      const share = input && read ? ` (${Math.round((read / input) * 100)}% cached)` : "";
      rows.push(["Tokens in", `${number(input)}${share}`], ["Tokens out", number(output)]);
      if (turn.d !== undefined) rows.push(["Cost", turn.d === null ? "unknown price" : dollars(turn.d)]);
    }
    const cells = rows.flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, value)]);
    return rows.length ? section("Time and cost", html("dl", { class: "values" }, ...cells)) : null;
  }

  const TITLES = { fault: "Fault", retry: "Asked again", short: "Shortened", said: "You said" };

  function told(entry) {
    const all = entry.turn.x ?? [];
    return all.map(([kind, text]) =>
      html(
        "div",
        { class: `note ${kind}`, role: kind === "fault" ? "note" : null },
        html("b", {}, TITLES[kind]),
        words(text),
      ),
    );
  }

  function show(entry) {
    const { step, turn } = entry;
    const title = step ? `Step ${entry.number} · ${named(entry)}` : `The model: ${named(entry)}`;
    const part = run.parts.length > 1 ? `part ${(turn.p ?? 0) + 1} of ${run.parts.length} · ` : "";
    byId("details").replaceChildren(
      ...[
        html(
          "header",
          {},
          html("p", { class: "eyebrow" }, `${part}turn ${turn.n}`),
          html("h2", {}, title, " ", state(entry)),
        ),
        step?.e === undefined
          ? null
          : html("div", { class: "note fault" }, html("b", {}, "Why it failed"), words(step.e)),
        ...told(entry),
        turn.w === undefined ? null : section("The model", words(turn.w, "blockquote")),
        turn.h === undefined ? null : html("details", { class: "thought" }, html("summary", {}, "Its thinking, summed up"), words(turn.h)),
        turn.r === undefined ? null : html("p", { class: "bad" }, `The answer ended because of: ${turn.r}`),
        step === undefined ? null : call(step),
        step === undefined ? null : changes(step),
        step === undefined ? null : approval(step),
        timing(entry),
      ].filter((each) => each !== null),
    );
  }

  return { show };
})();
