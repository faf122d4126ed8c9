// Rasters: codes of the pixels in the library's own grid, packed in bands of rows. They are
// unpacked and warped to Web Mercator when shown; a click unpacks one band of each.
phusong.unpack = async text => {
    const packed = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
};

// The raster whose bands hold this one's codes: a probability is told from the level.
phusong.held = raster => (raster.bands ? raster : phusong.data.rasters[raster.of]);

phusong.size = raster => {
    const { rows, columns } = phusong.data.warp, factor = phusong.held(raster).factor;
    return { factor: factor, rows: Math.floor(rows / factor), columns: Math.floor(columns / factor) };
};

phusong.band = async (raster, place) => {
    const { bands, wide, differences } = phusong.held(raster), { columns } = phusong.size(raster);
    const bytes = await phusong.unpack(bands[place]);
    if (wide) {
        const half = bytes.length / 2;
        return Uint16Array.from({ length: half }, (_, at) => bytes[at] + 256 * bytes[half + at]);
    }
    if (differences) {
        for (let at = 1; at < bytes.length; at++) {
            if (at % columns) bytes[at] += bytes[at - 1];
        }
    }
    return bytes;
};

phusong.codes = async raster => {
    const { rows, columns } = phusong.size(raster), { bands, wide } = phusong.held(raster);
    const codes = new (wide ? Uint16Array : Uint8Array)(rows * columns);
    const unpacked = await Promise.all(bands.map((_, place) => phusong.band(raster, place)));
    unpacked.forEach((band, place) => codes.set(band, place * phusong.data.bandRows * columns));
    return codes;
};

// Coefficients of the powers of u, 0 first, of a polynomial in u and v along one line of v.
phusong.alongLine = (terms, powers, v) => {
    const line = new Float64Array(1 + Math.max(...powers.map(power => power[0])));
    powers.forEach(([ofU, ofV], place) => { line[ofU] += terms[place] * v ** ofV; });
    return line;
};

phusong.polynomial = (line, u) => line.reduceRight((sum, term) => sum * u + term, 0);

// Row and column of the grid's pixel at a place, null outside.
phusong.pixelAt = latlng => {
    const { rows, columns, west, south, east, north, powers, column, row } = phusong.data.warp;
    const at = L.CRS.EPSG3857.project(latlng);
    const u = 2 * (at.x - west) / (east - west) - 1, v = 1 - 2 * (at.y - south) / (north - south);
    const c = Math.floor(phusong.polynomial(phusong.alongLine(column, powers, v), u));
    const r = Math.floor(phusong.polynomial(phusong.alongLine(row, powers, v), u));
    return c >= 0 && c < columns && r >= 0 && r < rows ? { row: r, column: c } : null;
};

phusong.pictureSize = () => {
    const { width, height } = phusong.data.warp;
    const shrink = Math.min(1, (window.innerWidth < 900 ? 2000 : 3000) / Math.max(width, height));
    return { width: Math.round(width * shrink), height: Math.round(height * shrink) };
};

// For each pixel of the picture the raster's pixel that lies there, or -1; kept by factor.
phusong.sources = raster => {
    const { factor, rows, columns } = phusong.size(raster), warp = phusong.data.warp;
    warp.sources = warp.sources || {};
    if (warp.sources[factor]) return warp.sources[factor];
    const { width, height } = phusong.pictureSize();
    const source = new Int32Array(width * height).fill(-1);
    for (let y = 0, at = 0; y < height; y++) {
        const v = 2 * (y + 0.5) / height - 1;
        const ofColumn = phusong.alongLine(warp.column, warp.powers, v);
        const ofRow = phusong.alongLine(warp.row, warp.powers, v);
        for (let x = 0; x < width; x++, at++) {
            const u = 2 * (x + 0.5) / width - 1;
            let c = 0, r = 0;
            for (let power = ofRow.length - 1; power >= 0; power--) {
                c = c * u + ofColumn[power];
                r = r * u + ofRow[power];
            }
            c = Math.floor(c / factor);
            r = Math.floor(r / factor);
            if (c >= 0 && c < columns && r >= 0 && r < rows) source[at] = r * columns + c;
        }
    }
    warp.sources[factor] = source;
    return source;
};

// The colour of each code as the canvas holds it; code 0, outside, is clear.
phusong.palette = scale => {
    const colours = new Uint32Array(65536);
    const bytes = new Uint8Array(colours.buffer);
    const cycle = scale.cycle ? 65534 : scale.colours.length;
    for (let place = 0; place < cycle; place++) {
        const colour = scale.cycle && place > 0
            ? scale.colours[1 + (place - 1) % (scale.colours.length - 1)] : scale.colours[place];
        for (let part = 0; part < 3; part++) {
            bytes[4 * (place + 1) + part] = parseInt(colour.slice(1 + 2 * part, 3 + 2 * part), 16);
        }
        bytes[4 * (place + 1) + 3] = 255;
    }
    return colours;
};

phusong.Raster = L.ImageOverlay.extend({
    initialize(place, pane) {
        const { south, west, north, east } = phusong.data.warp.degrees;
        L.ImageOverlay.prototype.initialize.call(this, "", [[south, west], [north, east]], {
            pane: pane || "rasters", opacity: phusong.opacity,
        });
        this.raster = phusong.data.rasters[place];
    },
    _initImage() {
        this._image = phusong.element("canvas", "leaflet-image-layer leaflet-zoom-animated");
        this._paint();
    },
    async _paint() {
        const canvas = this._image;
        const codes = await phusong.codes(this.raster);
        const sources = phusong.sources(this.raster);
        const colours = phusong.palette(phusong.scaleOf(this.raster));
        Object.assign(canvas, phusong.pictureSize());
        const picture = new ImageData(canvas.width, canvas.height);
        const pixels = new Uint32Array(picture.data.buffer);
        for (let at = 0; at < pixels.length; at++) {
            if (sources[at] >= 0) pixels[at] = colours[codes[sources[at]]];
        }
        canvas.getContext("2d").putImageData(picture, 0, 0);
        canvas.dataset.painted = "yes";
    },
    onAdd(map) {
        this.options.opacity = phusong.opacity;
        L.ImageOverlay.prototype.onAdd.call(this, map);
        map.fire("phusong:shown");
    },
    onRemove(map) {
        L.ImageOverlay.prototype.onRemove.call(this, map);
        this._image = null; // an unpacked picture is large
        map.fire("phusong:shown");
    },
});

phusong.raster = place => new phusong.Raster(place);

phusong.scaleOf = raster => phusong.data.scales[raster.scale];

// The raster that is drawn now; null without one.
phusong.rasterShown = () => {
    let shown = null;
    phusong.map.eachLayer(layer => {
        if (layer instanceof phusong.Raster && layer.options.pane === "rasters") shown = layer;
    });
    return shown;
};
