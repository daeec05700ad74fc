// Lists in place. What had the focus keeps it, by its id; where it is gone, the list has it. An answer that is no
// list (somebody has to sign in again, or may not see it, or the server is gone) is shown as the page that it is.
(() => {
  "use strict";
  // A page puts itself away after 30 minutes, however often its list was changed in place: it is loaded anew before.
  const OLD = 15 * 60 * 1000; // milliseconds

  const whole = (event) => window.location.assign(event.detail.pathInfo.finalRequestPath);

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (performance.now() > OLD) {
      event.preventDefault();
      whole(event);
    }
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status !== 200 || !xhr.responseText.includes('id="list"')) {
      event.detail.shouldSwap = false;
      whole(event);
    }
  });

  document.addEventListener("htmx:sendError", whole);

  document.addEventListener("htmx:afterSettle", () => {
    if (!document.activeElement || document.activeElement === document.body) {
      const list = document.getElementById("list");
      list.focus({ preventScroll: true });
      list.scrollIntoView();
    }
  });
})();
