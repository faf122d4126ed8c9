// The legend of what is drawn now, and how strongly the raster covers the background.
phusong.narrow = () => window.innerWidth < 900;

phusong.showLegend = () => {
    const legends = phusong.data.legends;
    const details = phusong.element("details", "", phusong.element("summary", "", phusong.word("legend")));
    const ofRaster = phusong.element("div", "phusong-of-raster");
    const opacity = phusong.opacitySlider();
    const rest = phusong.element("div");
    details.append(ofRaster, opacity, rest);
    details.open = !phusong.narrow();
    const draw = () => {
        const raster = phusong.rasterShown();
        ofRaster.replaceChildren();
        if (raster) {
            const { scale, technology, operator } = raster.raster;
            ofRaster.append(phusong.element("h4", "phusong-shown", `${technology} · ${operator}`));
            ofRaster.insertAdjacentHTML("beforeend", legends[scale]);
        }
        opacity.style.display = raster ? "" : "none";
        rest.innerHTML = (phusong.shareShown() ? legends.share : "") + legends.marks;
    };
    let waiting = null;
    phusong.map.on("phusong:shown", () => {
        clearTimeout(waiting); // a raster goes as the next one comes
        waiting = setTimeout(draw, 0);
    });
    draw();
    const control = phusong.box("bottomleft", details, "phusong-legend");
    details.addEventListener("toggle", () => {
        if (details.open && phusong.narrow()) phusong.foldLayers();
    });
    phusong.legend = details;
    return control;
};

// Whether communes are drawn in colours.
phusong.shareShown = () => {
    let shown = false;
    phusong.map.eachLayer(layer => {
        if (layer.options && layer.options.pane === "communes" && layer.options.fillOpacity > 0) {
            shown = true;
        }
    });
    return shown;
};

phusong.opacitySlider = () => {
    const slider = phusong.element("input");
    Object.assign(slider, { type: "range", min: "0", max: "100" });
    slider.value = String(100 * phusong.opacity);
    slider.addEventListener("input", () => {
        phusong.opacity = Number(slider.value) / 100;
        phusong.map.eachLayer(layer => {
            if (layer instanceof phusong.Raster) layer.setOpacity(phusong.opacity);
        });
    });
    return phusong.element("label", "phusong-opacity", phusong.word("opacity"), slider);
};

// On a phone the legend and the list of layers take turns.
phusong.foldLayers = () => {
    document.querySelectorAll(".leaflet-control-layers-expanded").forEach(
        box => box.classList.remove("leaflet-control-layers-expanded"));
};

phusong.takeTurns = () => {
    const layers = document.querySelector(".leaflet-control-layers");
    new MutationObserver(() => {
        const open = layers.classList.contains("leaflet-control-layers-expanded");
        if (open && phusong.narrow() && phusong.legend) phusong.legend.open = false;
    }).observe(layers, { attributes: true, attributeFilter: ["class"] });
};

phusong.showTitle = () => {
    const { title, subtitle } = phusong.data;
    const box = phusong.element("div", "phusong-title", phusong.element("b", "", title));
    if (subtitle) box.append(phusong.element("span", "", subtitle));
    document.body.append(box);
};
