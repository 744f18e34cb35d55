"""The events of a connection, sorted for those who wait for them."""

from __future__ import annotations

from trueclick.capture.x11.connection import Connection, library


class Inbox:
    """What the server tells us unasked: that the keyboard was remapped, and programs' answers.

    The only reader of its connection's events.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._xcffib = library("xcffib")
        self._xproto = library("xcffib.xproto")
        # All events of the extension have one number: xcffib takes each for this one.
        self._xkb_event = library("xcffib.xkb").NewKeyboardNotifyEvent
        self._remapped = False
        self._answers = set[int]()

    def remapped(self) -> bool:
        """Whether keys or modifiers were remapped since it was last asked, by whomever.

        Of what the server has handled before its last reply to us.
        """
        self._read()
        remapped, self._remapped = self._remapped, False
        return remapped

    def note_remapped(self) -> None:
        """Have the next who asks be told that keys were remapped."""
        self._remapped = True

    def answers(self) -> frozenset[int]:
        """The numbers of questions to programs that were answered since it was last asked."""
        self._read()
        answers = frozenset(self._answers)
        self._answers.clear()
        return answers

    def _read(self) -> None:
        while True:
            try:
                event = self._connection.poll_for_event()
            except (self._xcffib.ProtocolException, self._xcffib.Error):
                continue  # of a request that nobody waits for, to a window that is gone
            except LookupError:
                # xcffib has no name for the events of an extension that was imported after it
                # connected. The keyboard's is one, and sends us what `Xkb.watch` asks for.
                self._remapped = True
                continue
            if event is None:
                return
            if isinstance(event, self._xproto.ClientMessageEvent):
                if event.format == 32:
                    self._answers.add(event.data.data32[1])
            elif isinstance(event, self._xproto.SelectionNotifyEvent):
                self._answers.add(event.time)
            elif isinstance(event, (self._xproto.MappingNotifyEvent, self._xkb_event)):
                self._remapped = True
