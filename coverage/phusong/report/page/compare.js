// Before and after: the rasters of both, left and right of a line that is dragged; and the years.
phusong.laterOf = raster => {
    const place = phusong.data.rasters.findIndex(each => each.later
        && each.scale === raster.scale && each.technology === raster.technology
        && each.operator === raster.operator && each.year === phusong.laterYear());
    return place < 0 ? null : place;
};

// The year whose state is compared: the latest there is up to the slider's.
phusong.laterYear = () => {
    const years = phusong.data.laterYears.filter(year => year === null || year <= phusong.year);
    return years.length ? years[years.length - 1] : undefined;
};

phusong.showCompare = () => {
    const map = phusong.map;
    const before = map.getPane("rasters"), after = map.getPane("later");
    const button = phusong.button("⇆", phusong.word("compare"));
    const divider = phusong.element("div", "phusong-divider",
        phusong.element("span", "phusong-before", phusong.word("before")),
        phusong.element("span", "phusong-after", ""),
        phusong.element("i", "", "⇆"));
    let share = null, later = null, place = null, above = null;
    const clip = () => {
        if (share === null) return;
        const size = map.getSize(), corner = map.containerPointToLayerPoint([0, 0]);
        const x = Math.round(corner.x + share * size.x);
        const box = (left, right) => `polygon(${left}px ${corner.y}px, ${right}px ${corner.y}px, `
            + `${right}px ${corner.y + size.y}px, ${left}px ${corner.y + size.y}px)`;
        before.style.clipPath = box(corner.x, x);
        after.style.clipPath = box(x, corner.x + size.x);
        divider.style.left = `${share * size.x}px`;
    };
    const match = () => {
        const shown = share === null ? null : phusong.rasterShown();
        const wanted = shown ? phusong.laterOf(shown.raster) : null;
        if (wanted === place && shown === above) return;
        if (later) later.remove();
        place = wanted;
        above = shown;
        later = wanted === null ? null : new phusong.Raster(wanted, "later").addTo(map);
        const year = phusong.laterYear();
        divider.querySelector(".phusong-after").textContent = wanted === null
            ? phusong.word("no_comparison")
            : `${phusong.word("after")}${typeof year === "number" ? " " + year : ""}`;
    };
    const stop = () => {
        share = null;
        match();
        before.style.clipPath = after.style.clipPath = "";
        divider.remove();
        button.classList.remove("phusong-on");
    };
    const start = () => {
        share = 0.5;
        button.classList.add("phusong-on");
        map.getContainer().append(divider);
        match();
        clip();
    };
    button.addEventListener("click", event => {
        event.preventDefault();
        if (share === null) start(); else stop();
    });
    divider.addEventListener("pointerdown", event => {
        divider.setPointerCapture(event.pointerId);
        event.stopPropagation();
    });
    divider.addEventListener("pointermove", event => {
        if (!divider.hasPointerCapture(event.pointerId)) return;
        const box = map.getContainer().getBoundingClientRect();
        share = Math.min(0.98, Math.max(0.02, (event.clientX - box.left) / box.width));
        clip();
    });
    L.DomEvent.disableClickPropagation(divider);
    map.on("move zoomend resize", clip);
    map.on("phusong:shown phusong:year", () => setTimeout(() => { match(); clip(); }, 0));
    phusong.box("topleft", phusong.element("div", "", button), "leaflet-bar phusong-bar");
};

phusong.showYears = () => {
    const { years } = phusong.data;
    const slider = phusong.element("input"), told = phusong.element("b");
    Object.assign(slider, { type: "range", min: "0", max: String(years.length - 1), step: "1" });
    slider.value = slider.max;
    slider.setAttribute("aria-label", phusong.word("up_to_year"));
    const choose = () => {
        phusong.year = years[Number(slider.value)];
        told.textContent = String(phusong.year);
        phusong.map.fire("phusong:year");
    };
    slider.addEventListener("input", choose);
    choose();
    phusong.box("bottomright", phusong.element(
        "label", "", phusong.word("up_to_year"), told, slider), "phusong-years");
};
