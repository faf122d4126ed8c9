// What is done once all layers are there.
// Leaflet names its own buttons in English.
phusong.nameButtons = () => {
    const names = { "zoom-in": "zoom_in", "zoom-out": "zoom_out", "layers-toggle": "layers" };
    for (const [button, word] of Object.entries(names)) {
        const found = document.querySelector(`.leaflet-control-${button}`);
        found.title = phusong.word(word);
        found.setAttribute("aria-label", phusong.word(word));
    }
};

phusong.open = () => {
    const { data } = phusong;
    phusong.showTitle();
    phusong.nameButtons();
    phusong.showSearch();
    phusong.showMeasure();
    if (data.laterYears.length) phusong.showCompare();
    if (data.years.length > 1) phusong.showYears();
    phusong.showLegend();
    phusong.takeTurns();
    phusong.answerClicks();
};
