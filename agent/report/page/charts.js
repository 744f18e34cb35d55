// Tokens, cost and time as bars; each chart says the same in a table.

const charts = (() => {
  const HEIGHT = 150;
  const [LEFT, TOP, BOTTOM] = [46, 8, 20];
  const drawn = [];
  let current = null;

  const first = new Map(); // the first entry of each turn
  entries.forEach((entry) => first.has(entry.index) || first.set(entry.index, entry));

  function turnBars(pick) {
    return run.turns.flatMap((turn, index) =>
      turn.u === undefined || !first.has(index)
        ? []
        : [{ label: `Turn ${turn.n}`, entry: first.get(index), values: pick(turn) }],
    );
  }

  function specs() {
    let sum = 0;
    const whole = (value) => number(Math.round(value));
    return [
      {
        title: "Tokens a turn",
        series: [["uncached", "uncached"], ["written", "cache write"], ["read", "cache read"], ["output", "output"]],
        form: whole,
        bars: turnBars(({ u: [uncached, read, written, output] }) => [uncached, written, read, output]),
      },
      {
        title: "Cost so far",
        series: [["cost", "US dollars"]],
        form: dollars,
        bars: run.turns.some((turn) => turn.d === null) ? [] : turnBars((turn) => [(sum += turn.d ?? 0)]),
      },
      {
        title: "Time a step",
        series: [["model", "the model"], ["acting", "acting"], ["settling", "settling"]],
        form: seconds,
        bars: entries.map((entry) => {
          const { step, turn } = entry;
          const asked = step === undefined || entry.leads ? (turn.s ?? 0) : 0;
          const settling = step?.w ?? 0;
          return {
            label: step ? `Step ${entry.number}` : `Turn ${turn.n}`,
            entry,
            values: [asked, Math.max((step?.s ?? 0) - settling, 0), settling],
          };
        }),
      },
    ].filter((spec) => spec.bars.length && spec.bars.some(({ values }) => values.some(Boolean)));
  }

  /** A round number at or above a value, to divide an axis by. */
  function ceiling(value) {
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 2.5, 4, 5, 8, 10].map((digit) => digit * power).find((each) => each >= value * 0.999) ?? value;
  }

  function figure(spec) {
    const plot = svg("svg", { height: HEIGHT, role: "img", "aria-label": `${spec.title}: a bar for each; the table below has the numbers` });
    const reading = html("p", { class: "reading", "aria-hidden": "true" });
    const table = html("details", {}, html("summary", {}, "As a table"));
    table.addEventListener("toggle", () => {
      if (table.open && table.childElementCount === 1) table.append(tabled(spec)); // made when asked for
    });
    const keys = spec.series.map(([kind, name]) => html("li", {}, html("i", { class: `swatch ${kind}` }), name));
    const chart = { spec, plot, reading };
    const at = (event) => {
      const bounds = plot.getBoundingClientRect();
      const share = (event.clientX - bounds.left - LEFT) / (bounds.width - LEFT);
      return clamped(Math.floor(share * spec.bars.length), 0, spec.bars.length - 1);
    };
    plot.addEventListener("pointermove", (event) => read(chart, spec.bars[at(event)]));
    plot.addEventListener("pointerleave", () => read(chart));
    plot.addEventListener("click", (event) => go(spec.bars[at(event)].entry));
    drawn.push(chart);
    return html("figure", {}, html("figcaption", {}, html("h2", {}, spec.title), html("ul", { class: "series" }, ...keys)), plot, reading, table);
  }

  function tabled({ title, series, bars, form }) {
    const cell = (value) => html("td", {}, form(value));
    return html(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
      html(
        "table",
        {},
        html("thead", {}, html("tr", {}, html("th", { scope: "col" }, ""), ...series.map(([, name]) => html("th", { scope: "col" }, name)))),
        html(
          "tbody",
          {},
          ...bars.map(({ label, entry, values }) =>
            html("tr", {}, html("th", { scope: "row" }, html("a", { href: `#${entry.id}` }, label)), ...values.map(cell)),
          ),
        ),
      ),
    );
  }

  function read({ spec, reading }, bar) {
    const chosen = bar ?? spec.bars.findLast(({ entry }) => current !== null && entry.position <= current.position) ?? spec.bars[0];
    const parts = spec.series.flatMap(([, name], index) =>
      chosen.values[index] > 0 ? [`${name} ${spec.form(chosen.values[index])}`] : [],
    );
    reading.textContent = spec.series.length > 1 ? `${chosen.label}: ${parts.join(", ")}` : `${chosen.label}: ${spec.form(chosen.values[0])}`;
  }

  function draw(chart) {
    const { spec, plot } = chart;
    const width = plot.clientWidth;
    if (!width) return;
    plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const sums = spec.bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
    const top = ceiling(Math.max(...sums));
    const room = HEIGHT - TOP - BOTTOM;
    const y = (value) => TOP + room * (1 - value / top);
    const pitch = (width - LEFT) / spec.bars.length;
    const thick = pitch > 3 ? Math.min(pitch - Math.max(1, pitch * 0.2), 28) : pitch;
    const paths = spec.series.map(() => "");
    spec.bars.forEach(({ values }, index) => {
      const x = LEFT + pitch * index + (pitch - thick) / 2;
      let below = 0;
      values.forEach((value, kind) => {
        if (value > 0) {
          paths[kind] += `M${x.toFixed(2)} ${y(below).toFixed(2)}h${thick.toFixed(2)}V${y(below + value).toFixed(2)}h${(-thick).toFixed(2)}z`;
        }
        below += value;
      });
    });
    const here = spec.bars.findLastIndex(({ entry }) => current !== null && entry.position <= current.position);
    const band = here < 0 ? null : svg("rect", { class: "here", x: LEFT + pitch * here, y: TOP, width: Math.max(pitch, 2), height: room });
    const lines = [0, 0.5, 1].flatMap((share) => [
      svg("line", { class: "grid", x1: LEFT, x2: width, y1: y(top * share), y2: y(top * share) }),
      svg("text", { x: LEFT - 6, y: y(top * share) + 4, "text-anchor": "end" }, short(top * share, spec)),
    ]);
    const ends = [
      svg("text", { x: LEFT, y: HEIGHT - 5 }, spec.bars[0].label),
      spec.bars.length > 1 ? svg("text", { x: width, y: HEIGHT - 5, "text-anchor": "end" }, spec.bars.at(-1).label) : null,
    ];
    const kinds = paths.map((d, kind) => svg("path", { class: `bar-${spec.series[kind][0]}`, d }));
    plot.replaceChildren(...[band, ...lines, ...kinds, ...ends].filter((each) => each !== null));
    read(chart);
  }

  function short(value, { form }) {
    if (form === seconds) return value >= 60 ? `${+(value / 60).toFixed(1)} min` : `${+value.toFixed(2)} s`;
    if (form === dollars) return `$${+value.toPrecision(3)}`;
    return value >= 1000 ? `${+(value / 1000).toFixed(1)}k` : String(+value.toFixed(1));
  }

  function show(entry) {
    current = entry;
    drawn.forEach(draw);
  }

  byId("charts").replaceChildren(...specs().map(figure));
  new ResizeObserver(() => drawn.forEach(draw)).observe(byId("charts"));

  return { show };
})();
