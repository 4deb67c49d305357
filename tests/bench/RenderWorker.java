import freemarker.template.Configuration;
import freemarker.template.Template;
import freemarker.template.TemplateExceptionHandler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;

/**
 * FreeMarker's side of tests/bench/render: the commands load and run of
 * render_worker.c, with a JVM that is warm. Time is the CPU time of the process,
 * the collector's threads included.
 */
public final class RenderWorker {
	private static final int RENDERS_A_LOOK = 50;

	private final Configuration configuration =
	    new Configuration(Configuration.VERSION_2_3_31);
	private final com.sun.management.OperatingSystemMXBean system =
	    (com.sun.management.OperatingSystemMXBean)
		ManagementFactory.getOperatingSystemMXBean();
	private Template template;
	private Map<String, Object> variables;
	private final StringWriter out = new StringWriter(16384);

	private RenderWorker() {
		configuration.setNumberFormat("computer");
		configuration.setBooleanFormat("c");
		configuration.setLocale(Locale.US);
		configuration.setTimeZone(TimeZone.getTimeZone("UTC"));
		configuration.setURLEscapingCharset("UTF-8");
		configuration.setLogTemplateExceptions(false);
		configuration.setTemplateExceptionHandler(
		    TemplateExceptionHandler.RETHROW_HANDLER);
	}

	private static String read(String path) throws IOException {
		return new String(
		    Files.readAllBytes(Paths.get(path)), StandardCharsets.UTF_8);
	}

	private void render() throws Exception {
		out.getBuffer().setLength(0);
		template.process(variables, out);
	}

	private String load(String[] fields) throws Exception {
		@SuppressWarnings("unchecked")
		Map<String, Object> read =
		    (Map<String, Object>) new Json(read(fields[2])).value();

		variables = read;
		variables.put("statics", Collections.singletonMap(
		    "com.amplitude.integrations.connector.utils.FtlUtils",
		    new FtlUtils()));
		template = new Template(fields[1],
		    new StringReader(read(fields[1])), configuration);
		render();
		Files.write(Paths.get(fields[4]),
		    out.toString().getBytes(StandardCharsets.UTF_8));
		return "ok";
	}

	private String run(double seconds) throws Exception {
		long start = system.getProcessCpuTime();
		long end = start + (long) (seconds * 1e9);
		long now = start;
		long renders = 0;

		while (now < end) {
			for (int i = 0; i < RENDERS_A_LOOK; i++) {
				render();
			}
			renders += RENDERS_A_LOOK;
			now = system.getProcessCpuTime();
		}
		return renders + "\t" + (now - start) + "\t0";
	}

	private String obey(String[] fields) throws Exception {
		if (fields[0].equals("load") && fields.length == 5) {
			return load(fields);
		}
		if (fields[0].equals("run") && fields.length == 2) {
			return run(Double.parseDouble(fields[1]));
		}
		throw new IllegalArgumentException("no such command");
	}

	public static void main(String[] arguments) throws IOException {
		RenderWorker worker = new RenderWorker();
		BufferedReader in = new BufferedReader(
		    new InputStreamReader(System.in, StandardCharsets.UTF_8));

		for (String line = in.readLine(); line != null;
		     line = in.readLine()) {
			try {
				System.out.println(worker.obey(line.split("\t")));
			} catch (Exception e) {
				System.out.println("error: "
				    + String.valueOf(e.getMessage()).split("\n")[0]);
			}
		}
	}

	/** What Amplitude's templates find in `statics`. */
	public static final class FtlUtils {
		public String toJson(Object value) {
			StringBuilder json = new StringBuilder();

			write(json, value);
			return json.toString();
		}

		public String toJsonString(Object value) {
			return toJson(toJson(value));
		}

		private static void write(StringBuilder json, Object value) {
			if (value instanceof Map) {
				String separator = "{";

				for (Map.Entry<?, ?> entry :
				    ((Map<?, ?>) value).entrySet()) {
					json.append(separator);
					write(json, entry.getKey());
					json.append(':');
					write(json, entry.getValue());
					separator = ",";
				}
				json.append(separator.equals("{") ? "{}" : "}");
			} else if (value instanceof List) {
				String separator = "[";

				for (Object item : (List<?>) value) {
					json.append(separator);
					write(json, item);
					separator = ",";
				}
				json.append(separator.equals("[") ? "[]" : "]");
			} else if (value instanceof String) {
				writeText(json, (String) value);
			} else {
				json.append(value);
			}
		}

		private static void writeText(StringBuilder json, String text) {
			json.append('"');
			for (int i = 0; i < text.length(); i++) {
				char c = text.charAt(i);
				int escape = "\"\\\n\r\t\b\f".indexOf(c);

				if (escape >= 0) {
					json.append('\\').append(
					    "\"\\nrtbf".charAt(escape));
				} else if (c < 0x20) {
					json.append(String.format("\\u%04X", (int) c));
				} else {
					json.append(c);
				}
			}
			json.append('"');
		}
	}

	/** Just enough JSON for a file of variables that is known to be sound. */
	private static final class Json {
		private final String text;
		private int at;

		Json(String text) {
			this.text = text;
		}

		private char next() {
			while (Character.isWhitespace(text.charAt(at))) {
				at++;
			}
			return text.charAt(at);
		}

		private boolean accept(char c) {
			if (next() != c) {
				return false;
			}
			at++;
			return true;
		}

		Object value() {
			switch (next()) {
			case '{':
				return object();
			case '[':
				return array();
			case '"':
				return string();
			default:
				return word();
			}
		}

		private Map<String, Object> object() {
			Map<String, Object> map = new LinkedHashMap<>();

			at++;
			while (!accept('}')) {
				next();
				String key = string();
				accept(':');
				map.put(key, value());
				accept(',');
			}
			return map;
		}

		private List<Object> array() {
			List<Object> list = new ArrayList<>();

			at++;
			while (!accept(']')) {
				list.add(value());
				accept(',');
			}
			return list;
		}

		private String string() {
			StringBuilder string = new StringBuilder();

			at++;
			for (char c = text.charAt(at++); c != '"';
			     c = text.charAt(at++)) {
				if (c != '\\') {
					string.append(c);
					continue;
				}
				c = text.charAt(at++);
				if (c == 'u') {
					string.append((char) Integer.parseInt(
					    text.substring(at, at + 4), 16));
					at += 4;
				} else {
					int escape = "bfnrt".indexOf(c);
					string.append(escape < 0
					    ? c : "\b\f\n\r\t".charAt(escape));
				}
			}
			return string.toString();
		}

		private Object word() {
			int start = at;

			while (at < text.length()
			    && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
				at++;
			}
			String word = text.substring(start, at);
			switch (word) {
			case "null":
				return null;
			case "true":
			case "false":
				return Boolean.valueOf(word);
			default:
				return number(word);
			}
		}

		private static Number number(String digits) {
			try {
				long number = Long.parseLong(digits);

				return number == (int) number
				    ? (Number) (int) number : (Number) number;
			} catch (NumberFormatException e) {
				return new BigDecimal(digits);
			}
		}
	}
}
