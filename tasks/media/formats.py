"""List which files count as recordings: facts as data.

`DEMUXERS` are the ffmpeg readers that may open an input. All of them read one self-contained file; those that open
*other* files named inside it (playlists: hls, dash, concat, imf, sdp), pictures, subtitles and devices are left out,
so that a playlist which is named `.mp4` cannot make ffmpeg read its neighbours.
"""

from __future__ import annotations

# What a folder is searched for, lower case, without the dot.
VIDEO_ENDINGS = frozenset(
    (
        *("3g2", "3gp", "asf", "avi", "divx", "dv", "f4v", "flv", "m2ts", "m2v", "m4v", "mkv", "mov", "mp4", "mpeg"),
        *("mpg", "mts", "mxf", "ogm", "ogv", "qt", "rm", "rmvb", "ts", "vob", "webm", "wmv"),
    )
)
AUDIO_ENDINGS = frozenset(
    (
        *("3ga", "aac", "ac3", "aif", "aifc", "aiff", "amr", "ape", "au", "caf", "dts", "eac3", "flac", "m4a", "m4b"),
        *("mka", "mp2", "mp3", "oga", "ogg", "opus", "snd", "tta", "voc", "w64", "wav", "wma", "wv"),
    )
)
IMAGE_ENDINGS = frozenset(("png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "heic", "heif", "avif"))
MEDIA_ENDINGS = VIDEO_ENDINGS | AUDIO_ENDINGS | IMAGE_ENDINGS

# Of these kinds PyAV tells of short files what ffprobe does; they are read by it where there are many.
READ_AHEAD = frozenset(
    ("3gp", "flac", "m4a", "m4b", "m4v", "mka", "mkv", "mov", "mp3", "mp4", "oga", "ogg", "ogv", "opus", "webm")
)

DEMUXERS = (
    # containers
    *("mov", "matroska", "webm", "avi", "asf", "flv", "mpegts", "mpeg", "ogg", "rm", "mxf", "gxf", "nut", "wtv", "nsv"),
    *("dv", "ivf", "gif", "live_flv"),
    # sound
    *("wav", "w64", "aiff", "au", "caf", "voc", "xwma", "mp3", "aac", "flac", "ac3", "eac3", "dts", "dtshd", "truehd"),
    *("amr", "amrnb", "amrwb", "ape", "wv", "tta", "tak", "mpc", "mpc8", "gsm", "loas"),
    # one bare video stream
    *("h264", "hevc", "m4v", "mpegvideo", "obu", "vc1", "yuv4mpegpipe"),
)

# Readers without times or an index: the only way to a place in them is from the start.
BARE_STREAMS = frozenset({"h264", "hevc", "m4v", "mpegvideo", "obu", "vc1", "yuv4mpegpipe"})

# Readers whose packets bear times that are counted from the first one's parameters: only what is decoded tells.
READS_AS_DECODED = frozenset({"aac", "h264", "hevc", "m4v", "mpegvideo", "obu", "vc1", "yuv4mpegpipe"})

# Containers of sound without times: the count of samples is their only clock.
SAMPLE_CLOCK = frozenset(
    ("aac", "mp3", "ac3", "eac3", "dts", "dtshd", "truehd", "amr", "amrnb", "amrwb", "gsm", "loas", "wav", "voc")
)

# Containers whose clock may be started anew: ffmpeg corrects it where it goes back, or ahead for longer than this.
NEW_CLOCK = frozenset({"mpegts", "mpeg", "ogg"})
NEW_CLOCK_S = 600

# Containers without a length of their own: ffmpeg states the time of the last packet that it finds.
CLAIM_NOTHING = frozenset({"mpegts", "mpeg", "ogg"})

# Containers of bare samples, in which nothing can be damaged but the last, incomplete packet.
SAMPLES = frozenset({"wav", "w64", "aiff", "au", "caf", "voc"})

# Containers in which a seek may land behind the key frame that is needed: how much earlier to start reading, in ms.
# Measured: ffmpeg 5.1 lands up to a key frame interval too late in a transport stream; 15 s covers the usual ones.
PREROLL_MS = {"mpegts": 15_000, "mpeg": 15_000}

# What decoders say when reading begins in the middle of a stream, as it does after a seek: no sign of broken data.
AFTER_A_SEEK = (
    *("mmco: unref short failure", "reference picture missing", "Missing reference picture", "no frame!"),
    *("decode_slice_header error", "co located POCs unavailable", "illegal short term buffer state"),
    *("ignoring pic cod ext", "ignoring seq ext", "ignoring quant_matrix_ext", "invalid frame dimensions 0x0"),
    *("non-existing PPS", "non-existing SPS", "Could not find ref with POC", "Header missing"),
)


def is_image_name(name: str) -> bool:
    """Return whether a name ends as those of pictures do.

    >>> is_image_name("a/b.JPG"), is_image_name("b.mp4")
    (True, False)
    """
    return name.rpartition(".")[2].lower() in IMAGE_ENDINGS


def is_read_ahead(name: str) -> bool:
    """Return whether a name ends as those of files that PyAV may read.

    >>> is_read_ahead("a/b.MP4"), is_read_ahead("b.wav")
    (True, False)
    """
    return name.rpartition(".")[2].lower() in READ_AHEAD


def is_media(name: str) -> bool:
    """Tell by its ending whether a name is that of a recording.

    Leading dots begin no ending.

    >>> is_media("Talk.MP4"), is_media(".mp4"), is_media("notes.txt")
    (True, False, False)
    """
    stem, _, ending = name.rpartition(".")
    return ending.lower() in MEDIA_ENDINGS and stem.strip(".") != ""
