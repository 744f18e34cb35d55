"""A GTK 3 window that draws the scenes of `scenes.py`, one a line of its input.

Run by the system's Python. How letters are drawn is GTK's own setting, the only argument.
"""

import html
import importlib
import json
import sys
from typing import Any

importlib.import_module("gi").require_version("Gtk", "3.0")
Gdk, GLib, Gtk = (
    importlib.import_module(f"gi.repository.{name}") for name in ("Gdk", "GLib", "Gtk")
)

hinting, rgba = sys.argv[1].split("-")
settings = Gtk.Settings.get_default()
for name, value in {
    "gtk-xft-antialias": 1,
    "gtk-xft-hinting": int(hinting != "none"),
    "gtk-xft-hintstyle": f"hint{hinting}",
    "gtk-xft-rgba": rgba,
    "gtk-enable-animations": False,
}.items():
    settings.set_property(name, value)
style = Gtk.CssProvider()
Gtk.StyleContext.add_provider_for_screen(Gdk.Screen.get_default(), style, 800)
window = Gtk.Window()
window.set_default_size(480, 320)


def part(item: Any, scene: Any) -> Any:
    if item["k"] == "text":
        label = Gtk.Label()
        weight = "bold" if item.get("bold") else "normal"
        label.set_markup(
            f'<span font_family="DejaVu Sans" size="{int(item["size"] * 768)}" weight="{weight}" '
            f'color="{item["ink"] or scene["ink"]}">{html.escape(item["t"])}</span>'
        )
        if item["w"]:
            label.set_size_request(item["w"], -1)
            label.set_max_width_chars(1)
            label.set_ellipsize(3)
        return label
    if item["k"] == "button":
        button = Gtk.Button(label=item["t"])
        button.set_size_request(item["w"], item["h"])
        button.set_can_focus(False)
        return button
    area = Gtk.EventBox()
    width, height = item.get("w", 16), item.get("h", 16)
    if item["k"] == "icon":
        width = height = 32
    area.set_size_request(1 if item["k"] == "caret" else width, height)
    return area


def draw(scene: Any) -> None:
    for child in window.get_children():
        window.remove(child)
    rules = [f"window {{ background: {scene['ground']} }}", "* { font: 13px 'DejaVu Sans' }"]
    place = Gtk.Fixed()
    window.add(place)
    for number, item in enumerate(scene["items"]):
        child = part(item, scene)
        child.set_name(f"part{number}")
        fill = {
            "tick": item.get("edge") if item.get("on") else scene["ground"],
            "caret": "#101010",
        }.get(item["k"], item.get("fill"))
        rule = [f"background: {fill}"] if fill else []
        if item["k"] == "button":
            rule += ["color: white", "border-radius: 6px", "border: none", "box-shadow: none"]
            rule += ["text-shadow: none", "padding: 0", "min-height: 0", "background-image: none"]
        if item["k"] in {"box", "tick"}:
            rule += [f"border: 1px solid {item['edge']}"]
        if item["k"] == "icon":
            rule += ["border-radius: 16px"]
        if rule:
            rules.append(f"#part{number} {{ {'; '.join(rule)} }}")
        place.put(child, item["x"], item["y"])
    style.load_from_data("\n".join(rules).encode())
    window.show_all()
    GLib.timeout_add(60, lambda: bool(print("ok", flush=True)))


def read(*_: object) -> bool:
    line = sys.stdin.readline()
    if not line:
        Gtk.main_quit()
        return False
    draw(json.loads(line))
    return True


channel = GLib.IOChannel.unix_new(0)
GLib.io_add_watch(channel, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, read)
window.move(0, 0)
window.show_all()
Gtk.main()
