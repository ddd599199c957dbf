// How old a price is on the day on which the page is read; without a script its day is enough.
(function () {
  const DAY = 24 * 60 * 60 * 1000; // ms
  for (const place of document.querySelectorAll("[data-day]")) {
    const days = Math.floor((Date.now() - Date.parse(place.dataset.day)) / DAY);
    if (days >= 0) place.textContent += `, ${days} ${days === 1 ? "day" : "days"} old`;
  }
})();
