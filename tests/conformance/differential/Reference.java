import freemarker.core.ParseException;
import freemarker.core.TemplateClassResolver;
import freemarker.template.Configuration;
import freemarker.template.Template;
import freemarker.template.TemplateException;
import freemarker.template.TemplateExceptionHandler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;

/**
 * Renders cases with Apache FreeMarker itself, configured as the project's
 * conformance cases were: one JSON case a line in, the same case with `ok` and
 * `output`, or `ok`, `stage`, `error`, `line` and `column`, a line out.
 *
 * A render that takes longer than two seconds or prints more than a mebibyte is
 * given up and has `stage` "limit": FreeMarker has no budgets of its own.
 */
public final class Reference {
	private static final long LIMIT_MS = 2000;
	private static final int OUTPUT_CHARS_MAX = 1 << 20;
	private static final String WARM_UP =
	    "<#macro m a>${a}</#macro><@m '1'?number/>${'a'?upper_case?matches('A')?c}"
	    + "<#list [1.5, 2] as x>${x?string('0.0')}</#list>${.now?string.iso}";

	/** What became of a case. */
	private static final class Result {
		String output;
		String stage = "parse";
		Throwable failure;
	}

	private static final class TooLong extends RuntimeException {
	}

	/** A writer that ends a render that prints without end. */
	private static final class BoundedWriter extends StringWriter {
		@Override
		public void write(String text) {
			super.write(text);
			check();
		}

		@Override
		public void write(char[] text, int start, int count) {
			super.write(text, start, count);
			check();
		}

		private void check() {
			if (getBuffer().length() > OUTPUT_CHARS_MAX) {
				throw new TooLong();
			}
		}
	}

	private static Configuration configuration(Map<String, Object> item)
	    throws TemplateException {
		Configuration config = new Configuration(Configuration.VERSION_2_3_31);

		config.setLocale(Locale.US);
		config.setTimeZone(TimeZone.getTimeZone("UTC"));
		config.setURLEscapingCharset("UTF-8");
		config.setNumberFormat("computer");
		config.setNewBuiltinClassResolver(TemplateClassResolver.ALLOWS_NOTHING_RESOLVER);
		config.setAPIBuiltinEnabled(false);
		config.setLogTemplateExceptions(false);
		config.setTemplateExceptionHandler(TemplateExceptionHandler.RETHROW_HANDLER);
		for (String name : new String[] {"number_format", "boolean_format", "tag_syntax"}) {
			if (item.get(name) != null) {
				config.setSetting(name, (String) item.get(name));
			}
		}
		return config;
	}

	private static void render(Map<String, Object> item, Result result) {
		try {
			Configuration config = configuration(item);
			Template template = new Template("t",
			    new StringReader((String) item.get("template")), config);
			Writer out = new BoundedWriter();

			result.stage = "render";
			template.process(Collections.singletonMap("input", item.get("input")), out);
			// Through UTF-8, as FreeMarker users see it: half a pair is a "?".
			result.output = new String(
			    out.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
		} catch (TooLong | ThreadDeath e) {
			result.stage = "limit";
			result.failure = e;
		} catch (Throwable e) {
			result.failure = e;
			for (Throwable cause = e; cause != null; cause = cause.getCause()) {
				if (cause instanceof TooLong || cause instanceof ThreadDeath) {
					result.stage = "limit";
				}
			}
		}
	}

	@SuppressWarnings({"deprecation", "removal"})
	private static Result renderInTime(Map<String, Object> item)
	    throws InterruptedException {
		Result result = new Result();
		Thread thread = new Thread(null, () -> render(item, result), "render", 16L << 20);

		thread.setDaemon(true);
		thread.start();
		thread.join(LIMIT_MS);
		if (thread.isAlive()) {
			thread.stop();
			thread.join();
			result.output = null;
			result.stage = "limit";
		}
		return result;
	}

	private static Integer place(Throwable failure, boolean isLine) {
		if (failure instanceof ParseException) {
			ParseException e = (ParseException) failure;
			return isLine ? e.getLineNumber() : e.getColumnNumber();
		}
		if (failure instanceof TemplateException) {
			TemplateException e = (TemplateException) failure;
			return isLine ? e.getLineNumber() : e.getColumnNumber();
		}
		return null;
	}

	private static String answer(String line) throws InterruptedException {
		@SuppressWarnings("unchecked")
		Map<String, Object> item = new LinkedHashMap<>((Map<String, Object>) Json.read(line));
		Result result = renderInTime(item);
		// The case as it came, less its closing brace.
		StringBuilder out = new StringBuilder(line.substring(0, line.lastIndexOf('}')));

		if (result.output != null) {
			out.append(", \"ok\": true, \"output\": ");
			Json.writeString(out, result.output);
			return out.append('}').toString();
		}
		out.append(", \"ok\": false, \"stage\": ");
		Json.writeString(out, result.stage);
		out.append(", \"error\": ");
		Json.writeString(out, String.valueOf(result.failure).split("\n", 2)[0]);
		Integer row = place(result.failure, true);
		if (row != null) {
			out.append(", \"line\": ").append(row);
			out.append(", \"column\": ").append(place(result.failure, false));
		}
		return out.append('}').toString();
	}

	public static void main(String[] args) throws IOException, InterruptedException {
		BufferedReader in = new BufferedReader(
		    new InputStreamReader(System.in, StandardCharsets.UTF_8));
		PrintWriter out = new PrintWriter(
		    new OutputStreamWriter(System.out, StandardCharsets.UTF_8));

		System.setProperty("org.freemarker.loggerLibrary", "none");
		// A class that is stopped while it is loaded stays broken.
		render(Collections.singletonMap("template", WARM_UP), new Result());
		for (String line = in.readLine(); line != null; line = in.readLine()) {
			out.print(answer(line));
			out.print('\n');
		}
		out.flush();
	}
}
