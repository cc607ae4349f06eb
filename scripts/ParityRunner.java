// Runs Kafka's tools one after another in one virtual machine: scripts/parity asks it in place of a start of Java a case.
//
// A request is a line of words in base64, separated by blanks: the class, standard input, the arguments. The answer is a
// line of three: the exit code (or "late"), standard output, standard error. A tool that ends itself never gets its
// thread back, because what stands behind the call would otherwise see an exception that no real run has.
import java.io.*;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.*;
import org.apache.kafka.common.utils.Exit;

public class ParityRunner {
    private static volatile Run current;

    private static final class Run {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final CompletableFuture<Integer> code = new CompletableFuture<>();
    }

    public static void main(String[] args) throws Exception {
        long limit = Long.parseLong(args[0]);
        PrintStream answers = System.out;
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Exit.Procedure end = (code, message) -> {
            current.code.complete(code);
            new CompletableFuture<Void>().join();
        };
        Exit.setExitProcedure(end);
        Exit.setHaltProcedure(end);
        for (String line; (line = requests.readLine()) != null;) {
            String[] words = line.split(" ", -1);
            Run run = new Run();
            current = run;
            System.setIn(new ByteArrayInputStream(decode(words[1])));
            System.setOut(new PrintStream(run.out, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(run.err, true, StandardCharsets.UTF_8));
            String[] arguments = new String[words.length - 2];
            for (int i = 0; i < arguments.length; i++)
                arguments[i] = new String(decode(words[i + 2]), StandardCharsets.UTF_8);
            String name = new String(decode(words[0]), StandardCharsets.UTF_8);
            Thread thread = new Thread(() -> call(run, name, arguments), "main");
            thread.setDaemon(true);
            thread.start();
            String code;
            try {
                code = String.valueOf(run.code.get(limit, TimeUnit.SECONDS));
            } catch (TimeoutException late) {
                code = "late";
            }
            System.out.flush();
            System.err.flush();
            Base64.Encoder encoder = Base64.getEncoder();
            answers.println(code + " " + encoder.encodeToString(run.out.toByteArray()) + " " + encoder.encodeToString(run.err.toByteArray()));
            answers.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    private static void call(Run run, String name, String[] arguments) {
        PrintStream err = System.err;
        try {
            Class.forName(name).getMethod("main", String[].class).invoke(null, (Object) arguments);
            run.code.complete(0);
        } catch (InvocationTargetException thrown) {
            err.print("Exception in thread \"main\" ");
            thrown.getCause().printStackTrace(err);
            run.code.complete(1);
        } catch (Throwable trouble) {
            trouble.printStackTrace(err);
            run.code.complete(2);
        }
    }

    private static byte[] decode(String word) {
        return Base64.getDecoder().decode(word);
    }
}
