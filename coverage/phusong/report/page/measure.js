// Distances along clicked points and the area that they enclose, on the sphere.
phusong.RADIUS_KM = 6371.0088;

phusong.lengthKm = points => points.slice(1).reduce(
    (sum, point, place) => sum + phusong.map.distance(points[place], point) / 1000, 0);

phusong.areaKm2 = points => {
    const radians = Math.PI / 180;
    const sum = points.reduce((total, from, place) => {
        const to = points[(place + 1) % points.length];
        return total + (to.lng - from.lng) * radians
            * (2 + Math.sin(from.lat * radians) + Math.sin(to.lat * radians));
    }, 0);
    return Math.abs(sum * phusong.RADIUS_KM ** 2 / 2);
};

phusong.number = (value, decimals) => value.toLocaleString(phusong.data.language, {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals,
});

phusong.showMeasure = () => {
    const container = phusong.map.getContainer();
    const line = L.polygon([], { pane: "measured", color: "#d55e00", weight: 3, fillOpacity: 0.1 });
    const note = phusong.element("div", "phusong-measured");
    const button = phusong.button("km", phusong.word("measure"));
    let points = null;
    const tell = () => {
        const parts = [points.length < 2 ? phusong.word("measure_how")
            : `${phusong.number(phusong.lengthKm(points), 2)} km`];
        if (points.length > 2) parts.push(`${phusong.number(phusong.areaKm2(points), 2)} km²`);
        note.textContent = parts.join(" · ");
        line.setLatLngs(points);
    };
    const stop = () => {
        points = null;
        line.remove();
        note.remove();
        button.classList.remove("phusong-on");
    };
    // caught on its way down: what lies on the map must not answer while measuring
    container.addEventListener("click", event => {
        if (!points || event.target.closest(".leaflet-control, .phusong-title")) return;
        event.stopPropagation();
        event.preventDefault();
        points.push(phusong.map.mouseEventToLatLng(event));
        tell();
    }, true);
    button.addEventListener("click", event => {
        event.preventDefault();
        if (points) return stop();
        points = [];
        line.addTo(phusong.map);
        button.after(note);
        button.classList.add("phusong-on");
        return tell();
    });
    phusong.box("topleft", phusong.element("div", "", button), "leaflet-bar phusong-bar");
};
