// Communes, dead spots, villages, masts and proposed sites, each made when first shown.
phusong.scorecard = commune => {
    const { technologies, operators } = phusong.data.communes;
    const about = phusong.facts(commune.name, phusong.data.communes.labels, commune.facts);
    const table = phusong.element(
        "table", "", phusong.row("th", [phusong.word("served_people_pct"), ...technologies]));
    operators.forEach((operator, place) => {
        table.append(phusong.row("td", [operator, ...commune.shares[place]]));
    });
    about.append(table);
    return about;
};

phusong.communes = technology => new phusong.Lazy(() => {
    const place = phusong.data.communes.technologies.indexOf(technology);
    const many = phusong.data.communes.features.length > 1000;
    return L.geoJSON(phusong.data.communes.features, {
        pane: "communes",
        renderer: many ? L.canvas({ pane: "communes" }) : L.svg({ pane: "communes" }),
        style: feature => ({
            color: "#333333",
            weight: many ? 0.6 : 1.2,
            fillColor: place < 0 ? "#ffffff" : feature.properties.colours[place],
            fillOpacity: place < 0 ? 0 : 0.95, // nearly opaque, lest a raster mix its colours in
        }),
        onEachFeature: (feature, layer) => {
            const commune = feature.properties;
            const served = phusong.data.communes.technologies.map(
                (name, each) => `${name} ${commune.shares[0][each]} %`).join(" · ");
            layer.bindTooltip(() => phusong.element("span", "",
                phusong.element("b", "", commune.name), phusong.element("br"), served),
                { sticky: true });
            layer.on("click", event => {
                L.DomEvent.stop(event);
                phusong.openAt(event.latlng, phusong.scorecard(commune));
            });
        },
    });
});

phusong.withFacts = (layer, title, labels, values) => layer.bindPopup(
    () => phusong.facts(title, labels, values), phusong.popupOptions());

phusong.deadSpots = technology => new phusong.Lazy(() => {
    const { labels, byTechnology } = phusong.data.deadSpots;
    const found = byTechnology[technology], many = found.features.length > 1500;
    return L.geoJSON(found, {
        pane: "deadSpots",
        renderer: many ? L.canvas({ pane: "deadSpots" }) : L.svg({ pane: "deadSpots" }),
        style: { color: phusong.data.marks.dead_spot, weight: 1.5, fillOpacity: 0 },
        onEachFeature: (feature, layer) =>
            phusong.withFacts(layer, feature.properties.title, labels, feature.properties.facts),
    });
});

phusong.villages = technology => new phusong.Lazy(() => {
    const { labels, rows, technologies, states } = phusong.data.villages;
    const place = technologies.indexOf(technology);
    const renderer = L.canvas({ pane: "villages" });
    return L.layerGroup(rows.map(([latitude, longitude, name, facts, byTechnology]) => {
        const [state, answer] = byTechnology[place];
        const dot = L.circleMarker([latitude, longitude], {
            pane: "villages", renderer: rows.length > 3000 ? renderer : undefined,
            radius: 5, color: "#333333", weight: 1, fillColor: states[state].colour,
            fillOpacity: 0.9,
        });
        const values = [facts[0], `${technology}: ${states[state].name}`, answer, ...facts.slice(1)];
        return phusong.withFacts(dot, name, labels, values);
    }));
});

phusong.masts = operator => new phusong.Lazy(() => {
    const { labels, technologies, byOperator } = phusong.data.masts;
    const cluster = L.markerClusterGroup({
        chunkedLoading: true, showCoverageOnHover: false, disableClusteringAtZoom: 15,
    });
    cluster.addLayers(byOperator[operator].map(([latitude, longitude, id, kind, cells, height]) => {
        const dot = L.circleMarker([latitude, longitude], {
            radius: 5, color: "#ffffff", weight: 1, fillColor: phusong.data.marks.existing_site,
            fillOpacity: 0.9,
        });
        return phusong.withFacts(dot, id, labels, [operator, technologies[kind], cells, height]);
    }));
    return cluster;
});

// A place as far from another, in metres, in a direction in degrees from north.
phusong.away = ([latitude, longitude], metres, degrees) => {
    const turn = degrees * Math.PI / 180, one = 111320;
    return [
        latitude + metres * Math.cos(turn) / one,
        longitude + metres * Math.sin(turn) / (one * Math.cos(latitude * Math.PI / 180)),
    ];
};

phusong.wedge = (place, azimuth, width) => {
    const bows = Array.from({ length: 13 }, (_, step) =>
        phusong.away(place, phusong.data.sites.wedgeMetres, azimuth + width * (step / 12 - 0.5)));
    return L.polygon([place, ...bows], {
        pane: "sites", color: phusong.data.marks.proposed_site, weight: 1, fillOpacity: 0.35,
    });
};

phusong.site = site => {
    const made = L.layerGroup(
        site.sectors.map(([azimuth, width]) => phusong.wedge(site.place, azimuth, width)));
    const number = L.marker(site.place, {
        zIndexOffset: 1000,
        title: site.title,
        icon: L.divIcon({
            className: "phusong-rank", iconSize: [26, 26],
            html: phusong.element("span", "", site.rank),
        }),
    });
    made.addLayer(phusong.withFacts(number, site.title, phusong.data.sites.labels, site.facts));
    return made;
};

// Proposed sites, those of the years up to the slider's.
phusong.sites = () => {
    const group = L.layerGroup();
    const draw = () => {
        group.clearLayers();
        phusong.data.sites.list
            .filter(site => site.year === null || phusong.year === null || site.year <= phusong.year)
            .forEach(site => group.addLayer(phusong.site(site)));
    };
    phusong.map.on("phusong:year", draw);
    draw();
    return group;
};
