// What is drawn over a picture, in the picture's own pixels: pixel n is from n to n + 1.

const marks = (() => {
  const centre = ([x, y]) => [x + 0.5, y + 0.5];

  /** Each line twice, so that it is seen on any ground. */
  function cased(kind, name, attributes) {
    return svg(
      "g",
      { class: `mark ${kind}` },
      svg(name, { ...attributes, class: "casing" }),
      svg(name, { ...attributes, class: "line" }),
    );
  }

  function box(kind, [x0, y0, x1, y1]) {
    return cased(kind, "rect", { x: x0, y: y0, width: x1 - x0, height: y1 - y0 });
  }

  /** A ring and four strokes around the pixel, which itself stays in sight. */
  function crosshair(place, unit) {
    const [x, y] = centre(place);
    const ring = 9 * unit;
    const [near, far] = [5 * unit, 15 * unit];
    const strokes =
      `M${x - far} ${y}H${x - near}M${x + near} ${y}H${x + far}` +
      `M${x} ${y - far}V${y - near}M${x} ${y + near}V${y + far}`;
    const circle = `M${x - ring} ${y}a${ring} ${ring} 0 1 0 ${2 * ring} 0a${ring} ${ring} 0 1 0 ${-2 * ring} 0`;
    return cased("asked", "path", { d: strokes + circle });
  }

  /** Where a drag begins. */
  function origin(place, unit) {
    const [cx, cy] = centre(place);
    return cased("asked", "circle", { cx, cy, r: 5 * unit });
  }

  function landing([x, y, width, height]) {
    return cased("landed", "rect", { x, y, width, height });
  }

  function arrow(kind, [x0, y0], [x1, y1], unit) {
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length === 0) return null;
    const [dx, dy] = [(x1 - x0) / length, (y1 - y0) / length];
    const head = Math.min(11 * unit, length);
    const wing = head * 0.5;
    const [bx, by] = [x1 - dx * head, y1 - dy * head];
    const d =
      `M${x0} ${y0}L${x1} ${y1}` +
      `M${bx - dy * wing} ${by + dx * wing}L${x1} ${y1}L${bx + dy * wing} ${by - dx * wing}`;
    return cased(kind, "path", { d });
  }

  /** The way of a drag, from the edge of one ring to the edge of the other. */
  function path([x0, y0], [x1, y1], unit) {
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length < 16 * unit) return null;
    const along = (distance) => [x0 + ((x1 - x0) * distance) / length, y0 + ((y1 - y0) * distance) / length];
    return arrow("asked", along(5 * unit), along(length - 9 * unit), unit);
  }

  const WAYS = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] };

  function scroll(place, direction, unit) {
    const way = WAYS[direction];
    if (way === undefined) return [];
    const [x, y] = centre(place);
    const at = (distance) => [x + way[0] * distance * unit, y + way[1] * distance * unit];
    return [arrow("asked", at(20), at(58), unit), arrow("asked", at(20), at(46), unit)];
  }

  /**
   * The marks of an entry over a layer of the stage, the important ones last, on top.
   *
   * `unit` is how many of the picture's pixels one pixel of the page covers.
   */
  function over(entry, { seen, aimed, changed }, unit) {
    const step = entry.step;
    const drawn = [
      ...seen.hidden.map((each) => box("hidden", each)),
      ...seen.restless.map((each) => box("restless", each)),
    ];
    if (step === undefined) return drawn;
    if (changed) {
      const [near = [], elsewhere = []] = step.c ?? [];
      drawn.push(...elsewhere.map((each) => box("elsewhere", each)));
      drawn.push(...near.map((each) => box("near", each)));
    }
    return aimed ? [...drawn, ...aim(entry, unit)] : drawn;
  }

  /** Where a step was aimed, and where it landed. */
  function aim(entry, unit) {
    const step = entry.step;
    const drawn = [];
    if (!step.bad && step.v?.region) drawn.push(box("zoomed", step.v.region));
    const asked = places(step);
    if (asked.length === 2) drawn.push(path(centre(asked[0]), centre(asked[1]), unit));
    if (asked.length === 1 && !step.bad) drawn.push(...scroll(asked[0], step.v?.scroll_direction, unit));
    asked.forEach((place, index) => {
      drawn.push(index < asked.length - 1 ? origin(place, unit) : crosshair(place, unit));
    });
    if (step.pt) drawn.push(crosshair(step.pt, unit));
    for (const landed of [step.f, step.l]) {
      if (landed) drawn.push(landing(pixelBox(landed, partOf(entry))));
    }
    return drawn.filter((each) => each !== null);
  }

  /** The same in words: [kind, text]. */
  function legend(entry, { seen, aimed, changed }) {
    const step = entry.step;
    const told = [];
    const several = (boxes) => (boxes.length > 1 ? ` (${boxes.length} places)` : "");
    if (step !== undefined && aimed) {
      const asked = places(step);
      const away = asked.every((place) => inside(place, seen)) ? "" : ", outside of the picture";
      if (asked.length === 2) told.push(["asked", `drag from ${shown(asked[0])} to ${shown(asked[1])}${away}`]);
      if (asked.length === 1) told.push(["asked", `asked ${shown(asked[0])}${away}`]);
      if (step.pt) told.push(["asked", `pointer at ${shown(step.pt)}`]);
      if (step.l) {
        const from = step.f ? `${shown(step.f)} to ` : "";
        told.push(["landed", `landed on screen pixel ${from}${shown(step.l)}`]);
      }
      if (!step.bad && step.v?.region) told.push(["zoomed", `region ${shown(step.v.region)}`]);
    }
    if (step !== undefined && changed) {
      const [near = [], elsewhere = []] = step.c ?? [];
      const target = places(step).length > 0 ? " near the target" : "";
      if (near.length) told.push(["near", `changed${target}${several(near)}`]);
      if (elsewhere.length) told.push(["elsewhere", `changed elsewhere${several(elsewhere)}`]);
    }
    if (seen.restless.length) told.push(["restless", `changes all the time${several(seen.restless)}`]);
    if (seen.hidden.length) told.push(["hidden", `painted over for privacy${several(seen.hidden)}`]);
    return told;
  }

  /** What was done at no place, or cannot be seen: shown below the picture. */
  function caption(entry) {
    const step = entry.step;
    if (step === undefined || step.bad || step.v === undefined) return "";
    if (step.m === "type") return `⌨  ${step.v.text}`;
    if (step.m === "key" || step.m === "hold_key") {
      const times = step.v.repeat > 1 ? ` × ${step.v.repeat}` : "";
      const held = step.v.duration === undefined ? "" : ` for ${step.v.duration} s`;
      return `⌨  ${step.v.text}${times}${held}`;
    }
    if (step.m === "scroll") return `scroll ${step.v.scroll_direction} × ${step.v.scroll_amount}`;
    if (step.m === "wait") return `wait ${step.v.duration} s`;
    return typeof step.v.text === "string" && step.v.text ? `with ${step.v.text}` : "";
  }

  return { over, legend, caption };
})();
