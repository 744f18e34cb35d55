// What the reader does: going from step to step, by keys, links and buttons.

let chosen = null;

function go(entry, { scroll = false } = {}) {
  if (entry === undefined) return;
  chosen = entry;
  const title = entry.step ? `Step ${entry.number} of ${run.steps.length}` : `Turn ${entry.turn.n}`;
  byId("stage-title").textContent = title;
  byId("previous").disabled = entry.position === 0;
  byId("next").disabled = entry.position === entries.length - 1;
  stage.show(entry);
  details.show(entry);
  film.current(entry);
  charts.show(entry);
  const wrong = entry.step?.e === undefined ? "" : `, ${entry.step.e}`;
  const what = `${named(entry)} ${summary(entry)}`;
  byId("live").textContent = `${title}: ${what.slice(0, 200)}${wrong}`;
  if (location.hash !== `#${entry.id}`) history.replaceState(null, "", `#${entry.id}`);
  if (scroll) byId("stage").scrollIntoView({ block: "nearest" });
}

/** Go on among what the filter shows; from outside of it to the nearest. */
function move(distance) {
  const shown = film.shown();
  const here = chosen.position;
  const ahead = shown.filter(({ position }) => (distance > 0 ? position > here : position < here));
  go(distance > 0 ? ahead[0] : ahead.at(-1));
}

function nextProblem(direction = 1) {
  const all = entries.filter(isProblem);
  const here = chosen?.position ?? -1;
  const later = direction > 0 ? all.find(({ position }) => position > here) : all.findLast(({ position }) => position < here);
  go(later ?? (direction > 0 ? all[0] : all.at(-1)), { scroll: true });
}

function toggleTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

const KEYS = [
  ["→ or j", "next step", ["ArrowRight", "j"], () => move(1)],
  ["← or k", "previous step", ["ArrowLeft", "k"], () => move(-1)],
  ["Home", "first step", ["Home"], () => go(film.shown()[0])],
  ["End", "last step", ["End"], () => go(film.shown().at(-1))],
  ["e, E", "next or previous problem", ["e"], () => nextProblem()],
  ["", "", ["E"], () => nextProblem(-1)],
  ["/", "search", ["/"], () => byId("search").focus()],
  ["b", "before or after", ["b"], stage.alternate],
  ["s", "slide between both", ["s"], stage.compare],
  ["z", "fit or real pixels", ["z"], stage.toggleFit],
  ["+ and -", "larger, smaller", ["+", "="], stage.larger],
  ["", "", ["-"], stage.smaller],
  ["m", "marks on or off", ["m"], stage.toggleMarks],
  ["p", "only problems", ["p"], film.toggleOnly],
  ["t", "light or dark", ["t"], toggleTheme],
  ["?", "these keys", ["?"], () => byId("help").showModal()],
];

document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  if (target.id === "search") {
    if (event.key === "Escape") {
      target.value = "";
      target.dispatchEvent(new Event("input"));
      target.blur();
    } else if (event.key === "Enter") {
      go(film.shown().find(({ position }) => position >= chosen.position) ?? film.shown()[0]);
    }
    return;
  }
  const moves = event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End";
  if (moves && target.closest("input, #canvas.enlarged, .scroll")) return; // they move what has the focus
  const found = KEYS.find(([, , keys]) => keys.includes(event.key));
  if (found !== undefined) {
    event.preventDefault();
    found[3]();
  }
});

function byHash() {
  return entries.find(({ id }) => `#${id}` === location.hash);
}

function header() {
  byId("badge").textContent = run.badge[1];
  byId("badge").classList.add(run.badge[0]);
  byId("about").textContent = run.about;
  byId("task").textContent = run.task;
  byId("ending").append(...(run.text ? [words(run.text, "span")] : []));
  byId("ending").hidden = !run.text;
  byId("broken").textContent = run.broken;
  byId("broken").hidden = !run.broken;
  byId("foot").textContent = run.foot;
  const problems = entries.filter(isProblem).length;
  byId("facts").replaceChildren(
    ...[...run.facts, ...(problems || run.badge[0] !== "good" ? [] : [["Problems", "none", ""]])].map(([name, value, more]) =>
      html("div", {}, html("dt", {}, name), html("dd", {}, value, more ? html("small", {}, more) : null)),
    ),
  );
  const task = byId("task");
  byId("more").hidden = task.scrollHeight <= task.clientHeight + 2;
  byId("more").addEventListener("click", () => {
    const all = task.classList.toggle("all");
    byId("more").setAttribute("aria-expanded", String(all));
    byId("more").textContent = all ? "Show less of the task" : "Show all of the task";
  });
  byId("problems").textContent = `${counted(problems, "problem")} ↓`;
  byId("problems").hidden = byId("only").hidden = problems === 0;
  byId("problems").title = "Next problem (e)";
}

header();
byId("keys").replaceChildren(
  ...KEYS.filter(([name]) => name).flatMap(([name, meaning]) => [html("dt", {}, name), html("dd", {}, meaning)]),
);
byId("problems").addEventListener("click", () => nextProblem());
byId("theme").addEventListener("click", toggleTheme);
byId("help-open").addEventListener("click", () => byId("help").showModal());
byId("previous").addEventListener("click", () => move(-1));
byId("next").addEventListener("click", () => move(1));
addEventListener("hashchange", () => go(byHash()));
if (entries.length) go(byHash() ?? entries[0]);
else document.body.classList.add("empty");
