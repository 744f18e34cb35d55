// The pictures follow this script as base64 in inert elements, and are decoded when they are shown.
// The page works while the file is still being read: a picture that has not come yet is waited for.

const pictures = (() => {
  const store = byId("pictures");
  const waiting = new Map();
  let complete = false;

  function arrived(id) {
    const element = byId(id);
    // What follows an element is read after all that is in it.
    return element !== null && (complete || element.nextElementSibling !== null) ? element : null;
  }

  function serve() {
    for (const [id, wanted] of waiting) {
      const element = arrived(id);
      if (element !== null || complete) {
        waiting.delete(id);
        wanted.resolve(element);
      }
    }
  }

  const observer = new MutationObserver(() => waiting.size && serve());
  observer.observe(store, { childList: true });
  document.addEventListener("DOMContentLoaded", () => {
    complete = true;
    observer.disconnect();
    serve();
  });

  function element(id) {
    const there = arrived(id);
    if (there !== null || complete) return Promise.resolve(there);
    if (!waiting.has(id)) {
      let resolve;
      const promise = new Promise((done) => (resolve = done));
      waiting.set(id, { promise, resolve });
    }
    return waiting.get(id).promise;
  }

  function bytes(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const packed = atob(text);
    const unpacked = new Uint8Array(packed.length);
    for (let index = 0; index < packed.length; index += 1) unpacked[index] = packed.charCodeAt(index);
    return unpacked;
  }

  /** Decode a picture into an `img`; its memory goes with the element. False if it cannot be. */
  async function load(image, id) {
    const source = await element(id);
    if (source === null) return false;
    let url;
    try {
      const blob = new Blob([bytes(source.textContent)], { type: source.dataset.type });
      url = URL.createObjectURL(blob);
      image.src = url;
      await image.decode();
      return true;
    } catch {
      return false; // no base64, or no picture
    } finally {
      if (url !== undefined) URL.revokeObjectURL(url);
    }
  }

  return { load };
})();
