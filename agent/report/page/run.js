// What is shown, as values: the run, its steps, and the pictures and marks that belong to each.

const run = JSON.parse(byId("data").textContent);

/** The entries of the filmstrip: each step, and each turn that consists of words alone. */
const entries = (() => {
  const found = [];
  let step = 0;
  run.turns.forEach((turn, index) => {
    const first = step;
    while (step < run.steps.length && run.steps[step].t === index) {
      const each = run.steps[step];
      found.push({ kind: "step", id: `step-${step + 1}`, step: each, number: step + 1, turn, index });
      step += 1;
    }
    if (first === step) found.push({ kind: "turn", id: `turn-${index + 1}`, number: null, turn, index });
    else found[found.length - (step - first)].leads = true;
  });
  found.forEach((entry, position) => (entry.position = position));
  return found;
})();

function partOf(entry) {
  return run.parts[entry.turn.p ?? 0];
}

function look(index) {
  if (index === undefined) return null;
  const [picture, still, hidden, restless] = run.looks[index];
  const [width, height, thumbnail, missing] = run.pictures[picture];
  return {
    picture,
    width,
    height,
    still: still !== 0,
    thumbnail: thumbnail === 1,
    missing,
    hidden: run.boxes[hidden ?? 0],
    restless: run.boxes[restless ?? 0],
  };
}

/** The pictures of an entry, by the name of their view. */
function views(entry) {
  const step = entry.step;
  if (step === undefined) {
    const last = lastLook(entry);
    return last === null ? {} : { seen: last };
  }
  const found = {};
  if (step.b !== undefined) found.before = look(step.b);
  else if (step.o !== undefined) found.seen = look(step.o);
  if (step.a !== undefined) found.after = look(step.a);
  if (step.z !== undefined) found.zoom = look(step.z);
  return found;
}

function lastLook(entry) {
  for (let position = entry.position - 1; position >= 0; position -= 1) {
    const step = entries[position].step;
    const index = step && (step.a ?? step.b ?? step.o);
    if (index !== undefined) return look(index);
  }
  return null;
}

/** The view that tells most: where an action was aimed, or what a look saw. */
function firstView(entry, found) {
  const looked = entry.step !== undefined && places(entry.step).length === 0 && !entry.step.act;
  const order = looked ? ["zoom", "after", "before", "seen"] : ["before", "seen", "after", "zoom"];
  return order.find((name) => found[name] !== undefined) ?? null;
}

/** The pixels of the screenshot at which a step was aimed, in their order. */
function places(step) {
  if (step.q !== undefined) return step.q;
  if (step.bad) return [];
  const { start_coordinate: start, coordinate: at } = step.v ?? {};
  return [start, at].filter((place) => place !== undefined && place !== null);
}

function inside([x, y], { width, height }) {
  return x >= 0 && y >= 0 && x < width && y < height;
}

/** The exact part of the screenshot that one pixel of the screen covers: [x, y, width, height]. */
function pixelBox([x, y], part) {
  const [scaleX, offsetX, scaleY, offsetY] = part.map;
  return [x * scaleX + offsetX, y * scaleY + offsetY, scaleX, scaleY];
}

/** A word for a step that was not done, or null. */
function failure(step) {
  if (step.k !== undefined && !step.k[0]) return "declined";
  return step.e === undefined ? null : "failed";
}

/** What an entry is called. */
function named({ step, turn }) {
  if (step !== undefined) return step.m.replaceAll("_", " ");
  return turn.w === undefined ? "no words" : "words";
}

function isProblem(entry) {
  const step = entry.step;
  const own = step !== undefined && failure(step) !== null;
  const first = step === undefined || entry.leads;
  return own || Boolean(first && entry.turn.x?.some(([kind]) => kind === "fault"));
}

function summary(entry) {
  const step = entry.step;
  if (step === undefined) return entry.turn.w ?? entry.turn.h ?? "";
  const values = Object.entries(step.v ?? {});
  return values.map(([, value]) => shown(value)).join(" ");
}

/** All words of an entry in small letters, for the search. */
function searchable(entry) {
  const { step, turn } = entry;
  const parts = [entry.id.replace("-", " ")];
  if (step !== undefined) parts.push(step.m, summary(entry), step.e ?? "");
  if (step === undefined || entry.leads) {
    parts.push(turn.w ?? "", turn.h ?? "", ...(turn.x ?? []).map(([, text]) => text));
  }
  return parts.join("\n").toLowerCase();
}
