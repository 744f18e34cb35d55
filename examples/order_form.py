"""An order form in Tk, to let a model loose on: one of each control that people meet.

    python examples/order_form.py --out order.json

"Submit order" stays disabled until "Check order" has been clicked. On submit the form writes what
it *received* as JSON to `--out` and says so in its last line. It needs the standard library alone.
"""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

try:
    import tkinter as tk
    from tkinter import ttk
    from tkinter.font import nametofont
except ImportError:  # many a Python comes without Tk, and the system's has a package for it
    system = shutil.which("python3", path="/usr/bin")
    if __name__ != "__main__" or system in (None, sys.executable):
        raise
    os.execv(system, [system, *sys.argv])  # noqa: S606 - no shell, and no input

COUNTRIES = ("Austria", "Belgium", "Denmark", "Finland", "Germany", "Iceland", "Norway", "Sweden")
PRODUCTS = (
    *("Apple crate", "Birch bench", "Brass lamp", "Cedar chest", "Clay teapot", "Cork board"),
    *("Desk clock", "Fern pot", "Glass bowl", "Hemp rope", "Iron kettle", "Jute basket"),
    *("Linen shirt", "Maple desk", "Oak shelf", "Paper kite", "Pine stool", "Quartz globe"),
    *("Reed mat", "Silver spoon", "Teak tray", "Velvet chair", "Walnut table", "Wool blanket"),
)


class OrderForm(tk.Tk):
    """The window. `out` is where a submitted order is written."""

    def __init__(self, out: Path, font_size: int) -> None:
        super().__init__()
        self.out = out
        self.title("Order form")
        style = ttk.Style(self)
        style.theme_use("clam")
        for name in ("TkDefaultFont", "TkTextFont"):
            nametofont(name).configure(family="DejaVu Sans", size=font_size)
        # The drop-down's list is a plain Tk list, which takes its font from the option database.
        self.option_add("*TCombobox*Listbox.font", "TkTextFont")
        style.map("TCombobox", fieldbackground=[("readonly", "white")])

        self.name = tk.StringVar()
        self.city = tk.StringVar()
        self.country = tk.StringVar()
        self.delivery = tk.StringVar(value="Standard")
        self.gift = tk.BooleanVar()
        self.discount = tk.DoubleVar()
        self.product = tk.StringVar(value="none")

        frame = ttk.Frame(self, padding=16)
        frame.pack(fill="both", expand=True)
        frame.columnconfigure(1, weight=1)
        self._rows = 0
        self._frame = frame

        self._row("Name", ttk.Entry(frame, textvariable=self.name, width=36))
        self._row("City", ttk.Entry(frame, textvariable=self.city, width=36))
        self._row(
            "Country",
            ttk.Combobox(frame, textvariable=self.country, values=COUNTRIES, state="readonly"),
        )
        radios = ttk.Frame(frame)
        for text in ("Standard", "Express", "Pickup"):
            ttk.Radiobutton(radios, text=text, value=text, variable=self.delivery).pack(
                side="left", padx=(0, 24)
            )
        self._row("Delivery", radios)
        self._row("Extras", ttk.Checkbutton(frame, text="Gift wrap", variable=self.gift))
        self._row("Products", self._product_list(frame))
        self._row("Chosen", ttk.Label(frame, textvariable=self.product))
        self._row("Discount", self._discount_slider(frame))
        self.message = tk.Text(frame, height=3, width=36, wrap="word", font="TkTextFont")
        self._row("Message", self.message)

        buttons = ttk.Frame(frame)
        ttk.Button(buttons, text="Check order", command=self.check).pack(side="left")
        self.submit_button = ttk.Button(
            buttons, text="Submit order", command=self.submit, state="disabled"
        )
        self.submit_button.pack(side="left", padx=16)
        buttons.grid(row=self._rows, column=1, sticky="w", pady=(8, 4))
        self.result = ttk.Label(frame, text="Not checked yet")
        self.result.grid(row=self._rows + 1, column=0, columnspan=2, sticky="w", pady=(4, 0))

    def _row(self, label: str, control: tk.Widget) -> None:
        sticky = "w" if isinstance(control, ttk.Checkbutton | ttk.Label) else "ew"
        ttk.Label(self._frame, text=label).grid(
            row=self._rows, column=0, sticky="nw", padx=(0, 16), pady=5
        )
        control.grid(row=self._rows, column=1, sticky=sticky, pady=5)
        self._rows += 1

    def _product_list(self, parent: ttk.Frame) -> ttk.Frame:
        box = ttk.Frame(parent)
        rows = tk.Listbox(box, height=5, exportselection=False, font="TkTextFont")
        rows.insert("end", *PRODUCTS)
        bar = ttk.Scrollbar(box, command=rows.yview)
        rows.configure(yscrollcommand=bar.set)
        rows.pack(side="left", fill="both", expand=True)
        bar.pack(side="left", fill="y")
        # A single click only selects the row; the order takes what was double-clicked.
        rows.bind("<Double-Button-1>", lambda event: self.product.set(rows.get(f"@0,{event.y}")))
        return box

    def _discount_slider(self, parent: ttk.Frame) -> ttk.Frame:
        box = ttk.Frame(parent)
        shown = ttk.Label(box, text="0 %", width=6, anchor="e")
        ttk.Scale(
            box,
            from_=0,
            to=100,
            variable=self.discount,
            command=lambda value: shown.configure(text=f"{round(float(value))} %"),
        ).pack(side="left", fill="x", expand=True)
        shown.pack(side="left")
        return box

    def check(self) -> None:
        """Enable "Submit order" once the order has a name and a product."""
        missing = [
            label
            for label, value in (
                ("Name", self.name.get()),
                ("Country", self.country.get()),
                ("Products", self.product.get().replace("none", "")),
            )
            if not value
        ]
        if missing:
            self.result.configure(text=f"Missing: {', '.join(missing)}")
            return
        self.submit_button.configure(state="normal")
        self.result.configure(text="Order is complete")

    def order(self) -> dict[str, object]:
        """What the form has received so far."""
        return {
            "name": self.name.get(),
            "city": self.city.get(),
            "country": self.country.get(),
            "delivery": self.delivery.get(),
            "gift_wrap": self.gift.get(),
            "product": self.product.get(),
            "discount_pct": round(self.discount.get()),
            "message": self.message.get("1.0", "end-1c"),
        }

    def submit(self) -> None:
        """Write the order and say that it was saved."""
        text = json.dumps(self.order(), ensure_ascii=False, indent=2)
        self.out.write_text(text + "\n", encoding="utf-8")
        self.result.configure(text=f"Order saved for {self.name.get()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An order form in Tk.")
    parser.add_argument("--out", type=Path, required=True, help="where to write the order")
    parser.add_argument("--font-size", type=int, default=14, help="in points")
    options = parser.parse_args()
    OrderForm(options.out, options.font_size).mainloop()
