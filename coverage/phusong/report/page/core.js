// What every part of the map's page shares. Text is only ever set as text, never as HTML; the
// legends alone are HTML, made and escaped by the library.
const phusong = { map: null, data: null, opacity: 0.65, year: null };

phusong.start = (map, data) => {
    phusong.map = map;
    map.options.maxZoom = 19; // clusters ask for it, and without tiles nothing else tells it
    phusong.data = data;
    phusong.year = data.years.length ? data.years[data.years.length - 1] : null;
    map.getContainer().classList.add("phusong-map");
    document.documentElement.style.setProperty("--proposed-site", data.marks.proposed_site);
};

phusong.word = key => phusong.data.words[key];

// An element with its class and what stands in it: text or other elements.
phusong.element = (tag, className, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children.filter(child => child !== null));
    return made;
};

phusong.row = (tag, cells) => {
    const row = phusong.element("tr");
    cells.forEach((text, place) =>
        row.append(phusong.element(place ? tag : "th", place ? "number" : "", text)));
    return row;
};

// Title, then labels with their values; a value that is null has no row.
phusong.facts = (title, labels, values) => {
    const table = phusong.element("table");
    labels.forEach((label, place) => {
        if (values[place] === null) return;
        table.append(phusong.element("tr", "",
            phusong.element("th", "", label), phusong.element("td", "", values[place])));
    });
    return phusong.element("div", "", phusong.element("h4", "", title), table);
};

phusong.popupOptions = () => ({
    maxWidth: Math.min(460, window.innerWidth - 80),
    maxHeight: Math.round(phusong.map.getSize().y * 0.6),
    className: "phusong-popup",
    // clear of the legend and the list of layers where there is room for it
    autoPanPaddingTopLeft: [window.innerWidth < 1250 ? 8 : 370, 70],
    autoPanPaddingBottomRight: [window.innerWidth < 1250 ? 8 : 350, 30],
});

phusong.button = (text, title, className) => {
    const made = phusong.element("a", "phusong-button " + (className || ""), text);
    Object.assign(made, { href: "#", title: title, role: "button" });
    made.setAttribute("aria-label", title);
    return made;
};

// A box among the map's controls that keeps its clicks and scrolling to itself.
phusong.box = (position, content, className) => {
    const control = L.control({ position: position });
    control.onAdd = () => {
        const box = phusong.element("div", className || "", content);
        L.DomEvent.disableClickPropagation(box);
        L.DomEvent.disableScrollPropagation(box);
        return box;
    };
    return control.addTo(phusong.map);
};

// A group whose layers are made when it is first shown: a page of many opens at once.
phusong.Lazy = L.LayerGroup.extend({
    initialize(make) {
        L.LayerGroup.prototype.initialize.call(this);
        this._make = make;
    },
    onAdd(map) {
        if (this._make) {
            const make = this._make;
            this._make = null;
            this.addLayer(make());
        }
        L.LayerGroup.prototype.onAdd.call(this, map);
        map.fire("phusong:shown");
    },
    onRemove(map) {
        L.LayerGroup.prototype.onRemove.call(this, map);
        map.fire("phusong:shown");
    },
});

phusong.nothing = () => L.layerGroup();

phusong.picture = (source, bounds) =>
    L.imageOverlay(source, bounds, { pane: "tilePane", alt: "" });
