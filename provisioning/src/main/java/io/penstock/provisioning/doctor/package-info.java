/**
 * Says what is right and wrong with an installation, and changes nothing. Begin with {@link
 * io.penstock.provisioning.doctor.Doctor}. What the servers say ({@code ...Look}, {@code ...Facts})
 * is kept apart from what it means ({@code ...Checks}), which needs no server.
 */
@NullMarked
package io.penstock.provisioning.doctor;

import org.jspecify.annotations.NullMarked;
