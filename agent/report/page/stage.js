// The picture of the current step, with what is drawn over it.

const stage = (() => {
  const NAMES = { before: "Before", seen: "Earlier", both: "Both", after: "After", zoom: "Zoomed" };
  const SCALES = [0.5, 1, 2, 4, 8, 16];
  const canvas = byId("canvas");
  const frame = byId("frame");
  const slider = byId("slider");
  let entry = null;
  let found = {};
  let wanted = null; // the view that was asked for last, kept from step to step
  let view = null;
  let scale = null; // pixels of the page a pixel of the picture; null: as large as there is room
  let drawn = true;
  let turn = 0; // which `draw` is the newest
  let placed = { entry: null, layers: [] }; // what is in the frame, while the next is decoded

  function available() {
    const names = ["before", "seen", "after", "zoom"].filter((name) => found[name] !== undefined);
    const early = found.before ?? found.seen;
    if (early && found.after && early.picture !== found.after.picture) {
      names.splice(names.indexOf("after"), 0, "both");
    }
    return names;
  }

  function show(next) {
    entry = next;
    found = views(entry);
    const names = available();
    const early = found.before ? "before" : "seen";
    const same = wanted === "before" || wanted === "seen" ? early : wanted;
    view = names.includes(same) ? same : firstView(entry, found);
    choices(names);
    draw();
  }

  function choose(name) {
    wanted = view = name;
    choices(available());
    draw();
  }

  function choices(names) {
    byId("views").replaceChildren(
      ...names.map((name) =>
        html(
          "button",
          { type: "button", "aria-pressed": String(name === view), on: { click: () => choose(name) } },
          NAMES[name],
        ),
      ),
    );
    byId("slide").hidden = view !== "both";
  }

  /**
   * The pictures of the view, and what is drawn over each: where the step was aimed over the screen
   * before it, what changed over the screen after it. A picture that stands alone has both.
   */
  function layers() {
    if (view === null) return [];
    const early = found.before ? "before" : "seen";
    return (view === "both" ? [early, "after"] : [view]).map((name) => ({
      name,
      seen: found[name],
      aimed: name !== "after" || found[early] === undefined,
      changed: name === "after",
    }));
  }

  function legend(of, layer) {
    return layer.name === "zoom" ? [] : marks.legend(of, layer);
  }

  /** Put the pictures in place at once when all are decoded: no mark is seen on the wrong one. */
  async function draw() {
    const ticket = (turn += 1);
    const [next, wantedLayers, name] = [entry, layers(), view];
    const loaded = await Promise.all(
      wantedLayers.map(async (layer) => {
        const image = html("img", { alt: described(next, layer), draggable: "false" });
        const { picture, missing } = layer.seen;
        const ok = missing === undefined && (await pictures.load(image, `p${picture}`));
        if (ok) return image;
        const why = missing ?? "it is damaged, or missing in this file";
        return html("p", { class: "no-picture" }, `This picture cannot be shown: ${why}.`);
      }),
    );
    if (ticket !== turn) return;
    placed = { entry: next, layers: wantedLayers };
    const base = wantedLayers[0]?.seen ?? { width: 16, height: 9 };
    if (!wantedLayers.length) {
      loaded.push(html("p", { class: "no-picture" }, "There is no picture of the screen at this point."));
    }
    frame.style.setProperty("--w", base.width);
    frame.style.setProperty("--h", base.height);
    frame.dataset.view = name ?? "none";
    frame.dataset.entry = next.id;
    frame.replaceChildren(...loaded);
    wantedLayers.forEach(({ seen }, index) => {
      const box = `0 0 ${seen.width} ${seen.height}`;
      const overlay = svg("svg", { viewBox: box, preserveAspectRatio: "none", "aria-hidden": "true" });
      for (const each of [loaded[index], overlay]) each.classList.toggle("late", index === 1);
      frame.append(overlay);
    });
    if (name === "both") frame.append(html("div", { class: "divider" }));
    const told = new Map(wantedLayers.flatMap((layer) => legend(next, layer)).map((each) => [each.join(), each]));
    const why = next.step?.e;
    byId("legend").replaceChildren(
      // Where the window is narrow, the details are far below.
      ...(why === undefined ? [] : [html("li", { class: "why bad", dir: "auto" }, `${failure(next.step)}: ${why.slice(0, 300)}`)]),
      ...[...told.values()].map(([kind, text]) => html("li", { class: kind }, html("i", { "aria-hidden": "true" }), text)),
      ...wantedLayers.flatMap(notes).map((text) => html("li", { class: "note" }, text)),
    );
    const caption = name === "zoom" ? "" : marks.caption(next);
    byId("caption").textContent = caption;
    byId("caption").hidden = caption === "" || !drawn;
    resize();
    slide();
  }

  function notes({ name, seen }) {
    const told = [];
    if (name === "seen") told.push("an older picture: none was taken just before this step");
    if (!seen.still) told.push(`${NAMES[name].toLowerCase()}: the screen was still changing`);
    return told;
  }

  function described(of, layer) {
    const what = { before: "The screen before", seen: "The screen as last seen before", after: "The screen after", zoom: "What was zoomed in" };
    const where = `${what[layer.name]} ${of.step ? `step ${of.number}` : "the model's words"}`;
    return [where, ...legend(of, layer).map(([, text]) => text)].join("; ");
  }

  /** How many pixels of the picture one pixel of the page covers now. */
  function unit() {
    return Number(frame.style.getPropertyValue("--w")) / (frame.clientWidth || 1);
  }

  function resize() {
    const width = Number(frame.style.getPropertyValue("--w"));
    frame.style.width = scale === null ? "" : `${width * scale}px`;
    frame.classList.toggle("sharp", scale !== null && scale >= 2);
    canvas.classList.toggle("enlarged", scale !== null);
    const percent = Math.round(100 / unit());
    byId("fit").textContent = `${percent}%`;
    byId("fit").setAttribute("aria-label", scale === null ? `Fits, ${percent}%` : `${percent}%, fit`);
    byId("fit").setAttribute("aria-pressed", String(scale === null));
    mark();
  }

  function mark() {
    frame.querySelectorAll("svg").forEach((overlay, index) => {
      const layer = placed.layers[index];
      const none = !drawn || layer.name === "zoom";
      overlay.replaceChildren(...(none ? [] : marks.over(placed.entry, layer, unit())));
    });
  }

  /** Enlarge or shrink around a point of the picture, the place that was aimed at by default. */
  function zoom(next, at) {
    scale = placed.layers.length ? next : null;
    resize();
    if (scale === null) return;
    const { width, height } = placed.layers[0].seen;
    const [x, y] = at ?? aim() ?? [width / 2, height / 2];
    canvas.scrollLeft = (x + 0.5) * scale - canvas.clientWidth / 2;
    canvas.scrollTop = (y + 0.5) * scale - canvas.clientHeight / 2;
  }

  function step(direction) {
    const now = scale ?? 1 / unit();
    const next = direction > 0 ? SCALES.find((each) => each > now + 0.01) : SCALES.findLast((each) => each < now - 0.01);
    if (next !== undefined) zoom(next, middle());
  }

  function aim() {
    const { entry: there, layers: shown } = placed;
    return shown[0]?.name === "zoom" || !there?.step ? undefined : places(there.step).at(-1);
  }

  /** What stays in the middle: the place that was aimed at while it is in sight. */
  function middle() {
    if (scale === null) return undefined;
    const [width, height] = [canvas.clientWidth / scale, canvas.clientHeight / scale];
    const [left, top] = [canvas.scrollLeft / scale, canvas.scrollTop / scale];
    const aimed = aim();
    const inSight =
      aimed && aimed[0] >= left && aimed[0] < left + width && aimed[1] >= top && aimed[1] < top + height;
    return inSight ? aimed : [left + width / 2 - 0.5, top + height / 2 - 0.5];
  }

  function slide() {
    frame.style.setProperty("--split", `${slider.value}%`);
    slider.setAttribute("aria-valuetext", `${slider.value}% before, ${100 - slider.value}% after`);
  }

  function toggleMarks() {
    drawn = !drawn;
    byId("marks").setAttribute("aria-pressed", String(drawn));
    byId("caption").hidden = byId("caption").textContent === "" || !drawn;
    mark();
  }

  /** Before and after in turns; the slider with `both`. */
  function alternate() {
    const names = available().filter((name) => name !== "both");
    if (names.length > 1) choose(names[(names.indexOf(view) + 1) % names.length]);
  }

  function compare() {
    if (!available().includes("both")) return;
    choose("both");
    slider.focus();
  }

  /** The edge between both pictures follows a finger or a mouse. */
  function drag(event) {
    if (view !== "both" || !(event.buttons & 1)) return;
    const bounds = frame.getBoundingClientRect();
    slider.value = ((event.clientX - bounds.left) / bounds.width) * 100;
    slide();
  }

  slider.addEventListener("input", slide);
  frame.addEventListener("pointerdown", drag);
  frame.addEventListener("pointermove", drag);
  byId("fit").addEventListener("click", () => zoom(scale === null ? 1 : null));
  byId("larger").addEventListener("click", () => step(1));
  byId("smaller").addEventListener("click", () => step(-1));
  byId("marks").addEventListener("click", toggleMarks);
  frame.addEventListener("dblclick", (event) => {
    const bounds = frame.getBoundingClientRect();
    const at = [(event.clientX - bounds.left) * unit(), (event.clientY - bounds.top) * unit()];
    zoom(scale === null ? 2 : null, at);
  });
  new ResizeObserver(() => entry !== null && resize()).observe(canvas);

  return {
    show,
    alternate,
    compare,
    toggleMarks,
    larger: () => step(1),
    smaller: () => step(-1),
    toggleFit: () => zoom(scale === null ? 1 : null),
  };
})();
