// Search among names, with or without accents: "vinh tuong" finds "Vĩnh Tường".
phusong.plain = text => text.toLowerCase().normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "").replace(/\u0111/g, "d");

phusong.searched = () => {
    const { communes, deadSpots, villages, masts, sites } = phusong.data;
    const found = [];
    const add = (name, kind, go) => found.push({ name: name, plain: phusong.plain(name), kind: kind, go: go });
    const point = (place, title, labels, facts) => () => {
        phusong.map.setView(place, 15, { animate: false });
        phusong.openAt(L.latLng(place), phusong.facts(title, labels, facts));
    };
    for (const feature of communes ? communes.features : []) {
        const bounds = () => L.geoJSON(feature).getBounds();
        add(feature.properties.name, phusong.word("name"), () => {
            phusong.map.fitBounds(bounds(), { animate: false });
            L.popup(phusong.popupOptions()).setLatLng(feature.properties.inside)
                .setContent(phusong.scorecard(feature.properties)).openOn(phusong.map);
        });
    }
    for (const [latitude, longitude, name, facts] of villages ? villages.rows : []) {
        add(name, phusong.word("village"),
            point([latitude, longitude], name, villages.shortLabels, facts));
    }
    for (const spots of deadSpots ? Object.values(deadSpots.byTechnology) : []) {
        for (const { properties } of spots.features) {
            add(properties.title, phusong.word("dead_spot"),
                point(properties.place, properties.title, deadSpots.labels, properties.facts));
        }
    }
    for (const site of sites ? sites.list : []) {
        add(`${site.title} (${site.id})`, "", point(site.place, site.title, sites.labels, site.facts));
    }
    for (const [operator, rows] of masts ? Object.entries(masts.byOperator) : []) {
        for (const [latitude, longitude, id, kind, cells, height] of rows) {
            add(id, operator, point([latitude, longitude], id, masts.labels,
                [operator, masts.technologies[kind], cells, height]));
        }
    }
    return found;
};

phusong.matches = (every, asked) => {
    const plain = phusong.plain(asked.trim());
    if (!plain) return [];
    const matching = every.filter(each => each.plain.includes(plain));
    matching.sort((a, b) => a.plain.indexOf(plain) - b.plain.indexOf(plain)); // stable otherwise
    return matching.slice(0, 8);
};

phusong.showSearch = () => {
    const input = phusong.element("input");
    Object.assign(input, { type: "search", placeholder: phusong.word("search") });
    input.setAttribute("aria-label", phusong.word("search"));
    const list = phusong.element("div", "phusong-matches");
    let every = null;
    const choose = match => {
        list.replaceChildren();
        input.value = match.name;
        input.blur();
        match.go();
    };
    const look = () => {
        every = every || phusong.searched();
        return phusong.matches(every, input.value);
    };
    input.addEventListener("input", () => list.replaceChildren(...look().map(match => {
        const line = phusong.element("button", "",
            match.name, phusong.element("small", "", match.kind));
        line.addEventListener("click", () => choose(match));
        return line;
    })));
    input.addEventListener("keydown", event => {
        const [first] = event.key === "Enter" ? look() : [];
        if (first) choose(first);
    });
    phusong.box("topleft", phusong.element("div", "", input, list), "phusong-search");
};
