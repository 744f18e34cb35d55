// The filmstrip: every step with a small picture, searched and filtered.

const film = (() => {
  const strip = byId("strip");
  const texts = entries.map(searchable);
  let shownEntries = entries;
  let only = false;
  let chosen = null;

  const near = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        const image = target.querySelector("img");
        if (image === null) continue;
        if (!isIntersecting) image.removeAttribute("src");
        else if (!image.hasAttribute("src")) pictures.load(image, image.dataset.picture);
      }
    },
    { rootMargin: "400px" },
  );

  function thumbnail(entry) {
    const found = views(entry);
    const seen = found.before ?? found.seen ?? found.after ?? null;
    const shot = entry.step && !entry.step.act ? (found.after ?? seen) : seen;
    if (shot === null) return html("span", { class: "thumb none" });
    const thumb = html("span", { class: "thumb" });
    thumb.style.setProperty("--ratio", shot.width / shot.height);
    if (shot.thumbnail) {
      thumb.append(html("img", { alt: "", "data-picture": `t${shot.picture}` }));
    }
    const place = entry.step && places(entry.step).at(-1);
    if (place && inside(place, shot)) {
      const dot = html("i", { class: "dot" });
      dot.style.left = `${((place[0] + 0.5) / shot.width) * 100}%`;
      dot.style.top = `${((place[1] + 0.5) / shot.height) * 100}%`;
      thumb.append(dot);
    }
    return thumb;
  }

  function tags(entry) {
    const step = entry.step;
    const list = [];
    const told = step === undefined || entry.leads ? (entry.turn.x ?? []) : [];
    const failed = step === undefined ? null : failure(step);
    if (failed !== null) list.push(["bad", failed]);
    if (told.some(([kind]) => kind === "fault")) list.push(["bad", "fault"]);
    if (told.some(([kind]) => kind === "retry")) list.push(["warn", "retried"]);
    if (told.some(([kind]) => kind === "said")) list.push(["info", "you"]);
    if (step?.act && step.c !== undefined && !step.c.flat().length) list.push(["none", "nothing changed"]);
    return list.map(([tone, text]) => html("span", { class: `tag ${tone}` }, text));
  }

  function item(entry) {
    const link = html(
      "a",
      { href: `#${entry.id}` },
      thumbnail(entry),
      html(
        "span",
        { class: "what" },
        html("b", {}, entry.number === null ? "" : `${entry.number} `, named(entry)),
        html("span", { class: "brief", dir: "auto" }, summary(entry).slice(0, 80)),
        html("span", { class: "tags" }, ...tags(entry)),
      ),
    );
    const classes = [entry.leads || !entry.step ? "leads" : "", isProblem(entry) ? "problem" : ""];
    return html("li", { class: classes.join(" ") }, link);
  }

  const items = entries.map(item);
  strip.replaceChildren(...items);
  items.forEach((each) => near.observe(each));

  function filter() {
    const wanted = byId("search").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    shownEntries = entries.filter(
      (entry) =>
        (!only || isProblem(entry)) && wanted.every((word) => texts[entry.position].includes(word)),
    );
    const visible = new Set(shownEntries);
    items.forEach((each, position) => (each.hidden = !visible.has(entries[position])));
    const all = shownEntries.length === entries.length && !wanted.length && !only;
    byId("found").textContent = all ? "" : `${number(shownEntries.length)} of ${number(entries.length)}`;
  }

  function current(entry) {
    strip.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const link = items[entry.position].firstElementChild;
    link.setAttribute("aria-current", "step");
    chosen = items[entry.position];
    reveal();
  }

  /** Scroll the strip alone, not the page. */
  function reveal() {
    if (chosen === null) return;
    const [inner, outer] = [chosen.getBoundingClientRect(), strip.getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom) {
      strip.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
    }
    if (inner.left < outer.left || inner.right > outer.right) {
      strip.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
    }
  }

  function toggleOnly() {
    only = !only;
    byId("only").setAttribute("aria-pressed", String(only));
    filter();
  }

  new ResizeObserver(reveal).observe(strip);
  byId("search").addEventListener("input", filter);
  byId("only").addEventListener("click", toggleOnly);

  return { current, shown: () => shownEntries, toggleOnly };
})();
