// Making elements. Text of a run goes through `textContent` alone, so that it can never be markup.

const SVG = "http://www.w3.org/2000/svg";

function byId(id) {
  return document.getElementById(id);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [kind, listener] of Object.entries(value)) element.addEventListener(kind, listener);
    } else if (value !== undefined && value !== null && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An HTML element; `on` among the attributes are listeners, texts among the children are text. */
function html(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** An SVG element. */
function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** Text as somebody wrote it: its direction is its own, and cannot turn what is around it. */
function words(text, name = "p") {
  return html(name, { class: "words", dir: "auto" }, text);
}

function seconds(value) {
  if (value < 59.95) return `${value.toFixed(value < 9.95 ? 2 : 1)} s`;
  const whole = Math.round(value);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

function number(value) {
  return value.toLocaleString("en-US");
}

function dollars(value) {
  return `$${value.toFixed(value > 0 && value < 1 ? 4 : 2)}`;
}

function counted(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function clamped(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** A value of a call as people read it: a place as (x, y), a text in quotation marks. */
function shown(value) {
  if (Array.isArray(value)) return `(${value.join(", ")})`;
  if (value !== null && typeof value === "object") return value.json;
  return typeof value === "string" ? `“${value}”` : String(value);
}
