// What is known of one pixel: a table a technology, an operator a row, a quantity a column.
phusong.valuesAt = async latlng => {
    const pixel = phusong.data.warp && phusong.pixelAt(latlng);
    if (!pixel) return [];
    const { bandRows } = phusong.data;
    const asked = phusong.data.rasters.filter(raster => !raster.later);
    return Promise.all(asked.map(async raster => {
        const { factor, rows, columns } = phusong.size(raster);
        const row = Math.floor(pixel.row / factor), column = Math.floor(pixel.column / factor);
        const band = row < rows && column < columns
            ? await phusong.band(raster, Math.floor(row / bandRows)) : [];
        const code = band[(row % bandRows) * columns + column] || 0;
        const texts = raster.texts || phusong.scaleOf(raster).texts;
        return { raster: raster, code: code, text: code ? texts[code - 1] : null };
    }));
};

// The scale without its technology: a column of the table.
phusong.quantity = raster => raster.scale.split("_")[0];

phusong.valueTable = (technology, values) => {
    const here = values.filter(value => value.raster.technology === technology);
    const quantities = [...new Set(here.map(value => phusong.quantity(value.raster)))];
    const operators = [...new Set(here.map(value => value.raster.operator))];
    const heading = quantities.map(key => phusong.scaleOf(
        here.find(value => phusong.quantity(value.raster) === key).raster).heading);
    const table = phusong.element("table", "phusong-values", phusong.row("th", ["", ...heading]));
    for (const operator of operators) {
        const texts = quantities.map(key => {
            const found = here.find(
                value => phusong.quantity(value.raster) === key && value.raster.operator === operator);
            return found ? found.text : "";
        });
        table.append(phusong.row("td", [operator, ...texts]));
    }
    return table;
};

phusong.valuesSection = async latlng => {
    const values = (await phusong.valuesAt(latlng)).filter(value => value.text !== null);
    if (!values.length) return null;
    const shown = phusong.rasterShown();
    const technologies = [...new Set(values.map(value => value.raster.technology))];
    const first = shown ? shown.raster.technology : technologies[technologies.length - 1];
    const place = `${phusong.word("at_this_place")} (${latlng.lat.toFixed(5)}, ${latlng.lng.toFixed(5)})`;
    const section = phusong.element("div", "phusong-here", phusong.element("h4", "", place));
    for (const technology of technologies) {
        const part = phusong.element("details", "",
            phusong.element("summary", "", technology), phusong.valueTable(technology, values));
        part.open = technology === first;
        section.append(part);
    }
    return section;
};

// A popup at a place: what is given, then the values of the pixel there.
phusong.openAt = async (latlng, content) => {
    const holder = phusong.element("div", "", content || null);
    const popup = L.popup(phusong.popupOptions()).setLatLng(latlng).setContent(holder);
    if (content) popup.openOn(phusong.map);
    const section = await phusong.valuesSection(latlng);
    if (section) holder.append(section);
    if (section || content) popup.setContent(holder).openOn(phusong.map);
};

phusong.answerClicks = () => {
    const reading = open => phusong.map.getContainer().classList.toggle("phusong-reading", open);
    phusong.map.on("popupopen", () => reading(true));
    phusong.map.on("popupclose", () => reading(false));
    phusong.map.on("click", event => phusong.openAt(event.latlng, null));
};
