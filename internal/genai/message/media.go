package message

import "strings"

func mediaWriter(modality string) partWriter {
	return func(c *Converter, v value, depth int) { c.media(modality, v, depth) }
}

// media writes an image, a sound or a file: by its bytes, its address or its id, whichever it came with.
func (c *Converter) media(modality string, v value, depth int) {
	inner := v
	for _, name := range [...]string{"source", "image_url", "input_audio", "audio_url", "video_url", "file", "image", "audio", "video", "media"} {
		if m := v.get(name); !m.isNothing() {
			inner = m
			break
		}
	}
	mime := inner.get("media_type", "mediaType", "mime_type", "mimeType", "format")
	if mime.isNothing() {
		mime = v.get("media_type", "mediaType", "mime_type", "mimeType", "format")
	}
	if inner.kind() == text {
		c.located(modality, mime, inner)
		return
	}
	if inner.get("image").kind() == object && depth < 2*maxDescent { // OpenInference's {image: {image: {url}}}
		c.media(modality, inner.get("image"), depth+1)
		return
	}
	switch {
	case inner.get("type").is("text") && inner.get("data").kind() == text: // a document in plain words
		c.part(inner.get("data"), depth+1)
	case inner.has("url", "uri", "file_url", "fileUri", "file_uri", "image_url"):
		c.located(modality, mime, inner.get("url", "uri", "file_url", "fileUri", "file_uri", "image_url"))
	case inner.has("file_id", "fileId"):
		c.file(modality, mime, inner.get("file_id", "fileId"))
	case inner.get("data", "file_data", "bytes", "base64", "base64_image", "content").kind() == text:
		c.located(modality, mime, inner.get("data", "file_data", "bytes", "base64", "base64_image", "content"))
	case inner.get("source").get("bytes").kind() == text:
		c.blob(modality, mime, inner.get("source").get("bytes"))
	case inner.get("content").kind() == array && depth < 2*maxDescent:
		c.partsOf(inner.get("content"), depth+1)
	default:
		kind := v.get("type", "part_kind", "block_type").str()
		if kind == "" {
			kind = modality
		}
		c.genericPart(v, kind)
	}
}

// located tells addresses from bytes: both come as one text.
func (c *Converter) located(modality string, mime, v value) {
	s := v.node().text
	switch {
	case strings.HasPrefix(s, "data:"):
		c.dataURL(modality, v)
	case strings.Contains(s[:min(len(s), 16)], "://"), strings.HasPrefix(s, "/"):
		c.uri(modality, mime, v)
	default:
		c.blob(modality, mime, v)
	}
}

func (c *Converter) dataURL(modality string, v value) {
	n := v.node()
	head, data, ok := strings.Cut(n.text, ",")
	if !ok {
		c.uri(modality, value{}, v)
		return
	}
	mime, _, _ := strings.Cut(strings.TrimPrefix(head, "data:"), ";")
	c.partStart("blob")
	c.modality(modality, mime)
	if mime != "" {
		c.out.key("mime_type")
		c.out.text(&node{kind: text, flags: n.flags &^ torn, text: mime})
	}
	c.out.key("content")
	c.out.text(&node{kind: text, flags: n.flags, text: data})
	c.out.raw("}")
}

func (c *Converter) blob(modality string, mime, data value) {
	c.mediaPart("blob", modality, mime, "content", data)
}

func (c *Converter) uri(modality string, mime, uri value) {
	c.mediaPart("uri", modality, mime, "uri", uri)
}

func (c *Converter) file(modality string, mime, id value) {
	c.mediaPart("file", modality, mime, "file_id", id)
}

// mediaPart writes a part that carries media, or where it is, under the part's own member.
func (c *Converter) mediaPart(part, modality string, mime value, member string, v value) {
	c.partStart(part)
	c.modality(modality, mime.str())
	c.mimeType(modality, mime)
	c.out.memberOf(member, v)
	c.out.raw("}")
}

// modality says what kind of media it is, when that is known at all.
func (c *Converter) modality(modality, mime string) {
	if modality == "" {
		for _, m := range [...]string{"image", "audio", "video"} {
			if strings.HasPrefix(mime, m) {
				modality = m
			}
		}
	}
	if modality != "" {
		c.out.member("modality", modality)
	}
}

// mimeType completes what some send as a bare format.
func (c *Converter) mimeType(modality string, mime value) {
	s := mime.str()
	if s == "" {
		return
	}
	if !strings.Contains(s, "/") {
		if modality == "" {
			return
		}
		s = modality + "/" + s
	}
	c.out.member("mime_type", s)
}
