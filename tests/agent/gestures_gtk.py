"""A GTK 3 window that tells what gestures it received, in its title. Run by the system's Python."""

import importlib
import json
from typing import Any

# The system's own: our Python has none to check types with.
importlib.import_module("gi").require_version("Gtk", "3.0")
Gdk, GLib, Gtk = (
    importlib.import_module(f"gi.repository.{name}") for name in ("Gdk", "GLib", "Gtk")
)

told: dict[str, Any] = {"clicks": [], "dropped": [], "top": 0, "left": 0, "motions": 0}
KINDS = {
    Gdk.EventType.BUTTON_PRESS: "one",
    Gdk.EventType._2BUTTON_PRESS: "two",
    Gdk.EventType._3BUTTON_PRESS: "three",
}
window = Gtk.Window()
window.set_default_size(1200, 600)
place = Gtk.Fixed()
window.add(place)


def part(name: str, x: int, y: int, width: int, height: int) -> Any:
    box = Gtk.EventBox()
    box.add(Gtk.Label(label=name))
    box.set_size_request(width, height)
    place.put(box, x, y)
    return box


def clicked(_: Any, event: Any) -> bool:
    told["clicks"].append([KINDS[event.type], event.button, int(event.state) & 0x4D])
    return True


part("click", 0, 0, 200, 200).connect("button-press-event", clicked)

source = part("drag", 0, 300, 200, 200)
source.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY | Gdk.DragAction.MOVE)
source.drag_source_add_text_targets()
source.connect("drag-data-get", lambda _w, _c, data, _i, _t: data.set_text("carried", -1))
target = part("drop", 400, 300, 200, 200)
target.drag_dest_set(Gtk.DestDefaults.ALL, [], Gdk.DragAction.COPY | Gdk.DragAction.MOVE)
target.drag_dest_add_text_targets()
target.connect(
    "drag-data-received",
    lambda _w, context, _x, _y, data, _i, _t: told["dropped"].append(
        [data.get_text(), context.get_selected_action().first_value_nick]
    ),
)

scrolled = Gtk.ScrolledWindow()
scrolled.set_size_request(500, 500)
scrolled.add(Gtk.Label(label="\n".join("a long line " * 60 for _ in range(300))))
place.put(scrolled, 650, 0)


def tell() -> bool:
    told["top"] = scrolled.get_vadjustment().get_value()
    told["left"] = scrolled.get_hadjustment().get_value()
    window.set_title(json.dumps(told))
    return True


GLib.timeout_add(50, tell)
window.connect("destroy", Gtk.main_quit)
window.show_all()
window.move(0, 0)
Gtk.main()
